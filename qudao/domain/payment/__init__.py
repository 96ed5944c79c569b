"""Money received: cash drawers, cards, bank statements."""

"""Orders and what becomes of them in the BOSS."""

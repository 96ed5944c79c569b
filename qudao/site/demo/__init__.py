"""The demo province: Henan with outlets, people and a history of sales, grown from a seed."""

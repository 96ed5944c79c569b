"""Businesses, offerings, discounts, shelves and the fit matrix."""

"""The prepaid wallet of an outlet."""

"""How refusals are worded for people."""

"""Double entry accounts and postings."""

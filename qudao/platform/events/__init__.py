"""
Facts travel from the journal to whoever reacts to them.

A consumer reads the journal in commit order and at least once; because its cursor moves in the
same transaction as what it writes, effects in the database happen exactly once.
"""

"""
What another system drops for the lake: a file of rows, and a control file that says what is in it.

An extract is loaded whole or refused whole. Single rows that cannot be used are quarantined with
their numbers and reasons, as long as they are few.
"""

"""
Who people and machines are: accounts that sign in, tokens for programs, roles, personal data.

An account says who somebody is and nothing about what they may do: that is a membership
(`domain.party`) with a role. Personal data is encrypted before it reaches a table, found by keyed
hashes, and shown masked.

Invariants: one account for one user name and for one phone; a token's secret is never stored; what
is encrypted for one column cannot be read back from another.
"""

"""
Channel kinds and outlets: where an operator sells, under which contract, and within which limits.

SID: `SalesChannel`, `PartnershipSpecification`. An outlet is an organization of kind `outlet` (its
name and its place are the party's) with a kind of channel, a node code, a contract and a state.

Invariants: a node code is given once and keeps its check digit; the state moves only along
`rules.TRANSITIONS`; only an active outlet within its contract sells; a closed one never comes back.
"""

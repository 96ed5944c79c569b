"""
A stand-in for the operator's acquirer: whoever holds customers' money until it is the operator's.

A separate process on loopback ports, with signed HTTP/JSON for the operator, pages for customers
who pay with a card or bind one, and notices that it pushes. Its books outlive it, it acts once
under a payment's id, and it misbehaves on request: see `faults`. It imports nothing of Qudao.
`qudao acquirer --help`.
"""

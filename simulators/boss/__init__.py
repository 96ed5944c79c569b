"""
A stand-in for the operator's billing and support system (BOSS).

A separate process with its own store, speaking TM Forum v4 JSON over HTTP: customers, plans,
balances, bills, orders and payments. It acts at most once under an external id, answers only what
is on disk, and misbehaves on request: see `faults`. `python -m simulators.boss --help`.
"""

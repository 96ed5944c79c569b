"""
The counter: the fast door for programs that sell, a process of its own (`qudao counter`).

It answers the same addresses as the HTTP API with the same documents, by the same operations: sales
that come at the same time are handed to `ordering.sell` as one set, so that they share one
transaction and one commit. How it works and what it promises is in `docs/counter.md`.
"""

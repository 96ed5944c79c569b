"""
What all web fronts share: who asks, in which membership, in which language, how often.

`request.authority` is read from the database at most once per request and never kept longer, so
that a suspension acts at the next request. `request.ctx_for(request_key)` builds the context that
every operation and query takes first.
"""

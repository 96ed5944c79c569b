"""
Numbers: every telephone number of the province, its class, its price, and who holds it.

A number is in one state: free, reserved (for a time), paid, bound, active, cancelled, resting.
Whoever picks one holds it until a stated moment; what is not used returns to the pool by itself,
and what was cancelled rests for 90 days.

Invariants: a number is in one state and has at most one holder; a hold ends by use, by release
or by time.

TM Forum: LogicalResource (TMF639), ResourcePool.
"""

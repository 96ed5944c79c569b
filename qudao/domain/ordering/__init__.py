"""
Orders: what was sold to whom by which outlet, and what the BOSS made of it.

A sale takes its price from the outlet's wallet into flight, in the same transaction in which the
order is written. A worker sends the order to the BOSS under the order's own id: a yes posts the
money on, a no gives it back, silence is settled by asking. A completed payment or top-up may be
reversed on the same business day.

Invariants: the money in flight is the sum of the open orders; an order is resolved once; one
request key makes one order, however often it is sent.

TM Forum: ProductOrder (TMF622) with its states; a payment is TMF676's.
"""

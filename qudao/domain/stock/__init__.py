"""
Goods: SIM cards, recharge cards, handsets, kits and gifts; where each is, and who moved it.

A unit with a serial, or a count of equal things, is in one place in one state. Every move is a
document with both ends. Outlets ask (requisition), the branch decides and dispatches, the outlet
receives; counts, thresholds, returns and write-offs keep the books equal to the shelf.

Invariants: a unit is in one place and one state; what moved into a place less what moved out of
it is what lies there; the value of the stock is what the ledger says.

TM Forum: ProductStock (TMF687), PhysicalResource (TMF639).
"""

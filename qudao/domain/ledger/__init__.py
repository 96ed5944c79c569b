"""
Double entry: who holds how much of what, and every movement of it.

A posting moves a non-negative amount from one account to another and is never changed. A
pending posting is resolved once: posted on to where it was going, or voided by its exact
opposite; a posted one may be reversed once. The engine does not know what an asset is worth:
money (fen), airtime, points and vouchers are the same to it.

Invariants: the sum over all accounts of an asset is zero; a limited account equals the sum of
its postings and never falls below its floor; each pending posting has at most one resolution.

Terms: TM Forum has balances and transfers in TMF654; phases are those of TigerBeetle.
"""

"""
Money received from outlets: cash drawers of halls, card slips, bank statements.

SID: `CustomerPayment`, `CashDrawer`. It knows what came in and from whom; the wallet knows what it
became: the journey `pay_in` does both in one transaction.

Invariants: a clerk has at most one open drawer; cash is received into an open drawer and nowhere
else; a drawer's expected cash is its float and what was received into it and not taken back; a
payment taken at a hall is taken back at most once, on its day; a line of a bank account is
imported once, by the bank's reference, and pays in at most once.
"""

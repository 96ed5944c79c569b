"""
The prepaid wallet of an outlet: what it has paid in, and what its sales have taken.

Every movement is a posting of the ledger; the wallet adds whose account it is, its credit limit,
when to warn, and the closing of each business day.

Invariants: a wallet never falls below minus its credit limit; a frozen wallet pays for nothing;
a closing's opening plus what came in minus what went out is its closing balance, which is the
next day's opening.

TM Forum: a bucket of TMF654 (PrepayBalance), in money.
"""

"""
Receipts: how they are set on a screen, and in a PDF as wide as a receipt printer; and contracts.

`paper` knows nothing of what is receipted; `pay_ins` words the receipt of a pay-in, which the hall
and the outlet both print; `contract` is the agreement that a customer signs. A sale's receipt is
worded by the portal.
"""

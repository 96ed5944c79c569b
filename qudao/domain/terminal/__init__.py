"""
Terminals: self-service kiosks (自助终端) and the devices that are built into them.

What is built in is reached through ports, one for each kind of module whatever its maker: a unit
that takes notes into escrow, a card terminal, a reader of identity cards, a receipt printer. The
names are those of XFS4IoT. Nobody's notes are kept for what is not sold: they stay in escrow until
the sale is made, and come back otherwise.
"""

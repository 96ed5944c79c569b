"""
A simulator of the devices that are built into self-service kiosks.

A unit for notes with escrow, a card terminal, a reader of identity cards, a printer: commands in
the form of XFS4IoT over HTTP. It imports nothing of Qudao. What is physical survives a power cut:
notes in escrow stay there, and what was agreed on under a payment's id is kept on disk.
"""

"""
SMPP 3.4: how short-message centres and USSD gateways are spoken to.

Pure asyncio: no Django, no database. `pdu` is what goes over the wire, octet for octet; `texts`
what people write, cut into parts and put together again; `session` a bound connection, on either
side; `client` keeps one alive; `receipts` and `ussd` read what the specification leaves to habit.

Words are those of the "Short Message Peer to Peer Protocol Specification v3.4" (SMPP Forum, 1999):
an ESME is who binds (we), an SMSC who is bound to.
"""

"""
CMPP 2.0 and 3.0, the protocol between a service provider (SP) and China Mobile's gateways (ISMG).

`pdu` the messages, `wire` their octets, `proof` who is who when connecting, `msgid` what a Msg_Id
says, `receipts` status reports, `parts` long texts, `session` one connection in either role,
`client` the SP that connects and stays connected, `server` an ISMG. Only asyncio and the standard
library. docs/cmpp.md
"""

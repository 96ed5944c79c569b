"""
A stand-in for the operator's short-message centre and USSD gateway.

A separate process that speaks SMPP 3.4 on a loopback port, with phones behind it: they send and
receive messages and dial USSD codes when its back door says so. Its codec was written from the
specification and shares nothing with `qudao.platform.smpp`, so that the two check each other. It
keeps everything in memory and misbehaves on request: see `faults`. `qudao smsc --help`.
"""

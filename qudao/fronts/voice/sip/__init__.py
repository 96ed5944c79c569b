"""
SIP over UDP (RFC 3261), the part that takes calls: one endpoint, many calls.

aiosipua reads and writes the messages. What is done with them is here, for its own server answers a
repeated INVITE as a second call, does not know INFO, and sends its own requests only once. So: what
is repeated gets the answer that was given; answers to INVITE are repeated until they are confirmed,
and our own requests until they are answered; what makes no sense is refused or dropped.
"""

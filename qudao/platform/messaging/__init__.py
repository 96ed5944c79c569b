"""
Messages to people: an outbox in the same transaction as what they tell of, and delivery by jobs.

Recipient and text are encrypted; a text that holds a code is erased once it was delivered, failed
or expired. A message is delivered at least once: after a crash between delivery and the note of it,
a second time.
"""

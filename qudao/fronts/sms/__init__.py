"""
The SMS hall: customers write to the operator's number, and are answered (`qudao sms`).

Each message is kept before the centre is told that it was taken, and answered by the dialogue
engine, many at once. How it works and what it promises is in `docs/sms.md`.
"""

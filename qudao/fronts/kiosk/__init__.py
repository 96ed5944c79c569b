"""
The kiosk hall: full-screen pages for a finger, at `/kiosk/`.

A kiosk is known by the token of its outlet. A customer who steps up to it begins a visit, which
forgets everything when it ends. What they do is a dialogue; notes, cards and slips go through the
ports of `domain.terminal`.
"""

"""
The USSD hall: a phone dials `*100#` and sees screens.

Gateways come in two kinds: those that we are bound to by SMPP (`links`, the process `qudao ussd`),
and those that call us over HTTP (`views`). Either turns what a phone did into `Said`, and shows the
`Shown` that `hall` gives back. See docs/ussd.md.
"""

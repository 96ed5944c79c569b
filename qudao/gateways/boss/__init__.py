"""
The gateway to the operator's BOSS: `domain.ordering`'s port in TM Forum v4 JSON over HTTP.

`gateway` is the door: `boss()` gives the process's own gateway. `tmf` maps orders to messages and
messages to outcomes, `breaker` spares a BOSS in trouble. What is sent where: docs/boss.md.
"""

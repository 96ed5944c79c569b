"""
A small voice gateway: it takes telephone calls (SIP, RTP) and does what VoiceXML pages say.

`qudao voice --vxml URL` answers each call with the page at an address of our own web server, plays
its prompts, hears the keys that the caller presses, and fetches the next page. So the phone hall
can be called without an operator's platform; in the field that platform reads the same pages. What
of VoiceXML it knows, what it promises and where its limits are is in `docs/voice.md`.
"""

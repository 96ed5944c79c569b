"""
The phone hall: VoiceXML 2.1 pages that a voice platform reads to whoever calls.

`views` answers the platform, `pages` makes a page of a dialogue's screen, `script` and `spoken` say
what is read out, `keys` what can be pressed. See docs/phone.md. The telephone itself, where the
operator has none, is `fronts.voice`.
"""

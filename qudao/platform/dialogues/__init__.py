"""
Where running dialogues are kept between two messages: durable, small, encrypted, expiring.

A row is one dialogue. It is written by compare-and-swap: who has read another version than the one
that is there writes nothing. What a dialogue does is done by commands; that it has got to its
third question is no business of the journal's, as a session's contents are none.
"""

"""
What a VoiceXML 2.1 page tells a telephone to do, without any telephone.

`Interpreter.run` is a generator: it gives steps (`steps.py`: fetch this page, say this and wait for
keys, put the call through) and is sent what came of each. It opens no socket and reads no clock, so
pages are tested as tables of steps.
"""

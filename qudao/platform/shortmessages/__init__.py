"""
Links to short-message centres as an installation names them: SMPP or CMPP, one code for both.

What is read from a configuration becomes a `Line`: it stays connected, hands on each message, or
part of one, that a phone sends (the centre is told yes when that has returned), and sends texts.
"""

"""
Credentials: how a customer proves that a line is theirs, and for how long that is believed.

A line has a service password (服务密码), set at a counter or by a one-time code; one-time codes go
by short message to the line itself, each for one purpose. A `Caller` is who talks to an electronic
hall: nobody, a number that the network told, or somebody who proved more.

Invariants: secrets are stored hashed only; wrong tries are counted although what they tried is
refused; so many wrong ones lock a line, whether or not it has a password; a code is used once.

TM Forum: Digital Identity (TMF720), its credentials and authentication context.
"""

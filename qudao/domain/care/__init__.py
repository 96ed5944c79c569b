"""
Customer care: every contact with a customer, complaints, appointments, calls for an agent.

A contact on any front is an interaction, written once and counted by the hour. A complaint has a
number that a customer can say, a day by which it is answered, and somebody who works on it. An
appointment is a seat at an outlet's desk for a while. Who asks for a person waits in a queue.

Invariants: a seat is taken once at a time, and a line has one open appointment for a purpose, one
open call for an agent; a complaint that is worked on has one who does; telephone numbers and what
customers say are encrypted at rest, masked on screens, and every look at them is journalled.

TM Forum: PartyInteraction (TMF683), TroubleTicket (TMF621), Appointment (TMF646).
"""

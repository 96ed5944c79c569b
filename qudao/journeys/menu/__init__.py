"""
The menu: one file for each business that a front offers, see docs/menu.md for how to add one.

An item says what it asks for, what it costs, whether it confirms, and what it does; a dialogue
(`journeys.dialogue`) carries it through with a person, and a front gives the dialogue its look.
"""

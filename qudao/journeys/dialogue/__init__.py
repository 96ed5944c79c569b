"""
Dialogues: a menu item carried through with a person, one message and its answer at a time.

`talking` is the door: `start`, `step`, `resume`. What is asked next, what an answer means and what
is shown is decided here, alike for all fronts; a front brings messages in and gives screens their
look. See docs/dialogue.md.
"""

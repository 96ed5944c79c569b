"""
The gateway to the operator's acquirer: checkout's port `Means`, by cards that customers have bound
and by the acquirer's own page.

`gateway` is the door: `bound()` and `page()` give the process's own. `messages` maps charges to
requests and answers to states, `link` signs and carries them. Its notices come in at
`fronts.paying`. What is sent where: docs/acquirer.md.
"""

"""
Processes: BPMN that people and the platform carry out together, and the worklist.

A process is a folder of the repository with a folder for each version (`v1`, `v2`, …), which holds
`process.bpmn` and the decision tables (DMN) that it uses. Expressions stand in these files and
nowhere else: what people enter is data. An instance keeps its state without the process, and ends
on the version that it began with unless it is migrated.

Lanes are roles: a task is for whoever holds the lane's role at an organization that covers the
instance's own. What the platform itself does is an action, registered by a journey, which calls
commands in the same transaction.
"""

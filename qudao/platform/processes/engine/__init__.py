"""
The BPMN engine: nothing else of ours knows which one it is.

`reading` makes a version of a process from the files of its folder, `running` moves an instance's
tokens, `moving` carries an instance over to another version.
"""

"""
The processes of the platform, one folder each: `__init__.py` registers the process, its actions and
its forms; `v1`, `v2`, … hold the BPMN and DMN files of its versions (docs/processes.md).
"""

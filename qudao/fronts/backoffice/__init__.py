"""
The back office: what the operator's own people see and decide.

Django's admin on Unfold's site and screens, drawn with the design system's templates. The screens
stand in the packages that own the tables (`admin.py`); here are the site, the menu, the pages that
span packages, and how cells look. No screen writes to a table, and none is wider than its viewer's
scope.
"""

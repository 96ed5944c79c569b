"""
What every back-office screen is made of; the screens themselves are the packages' `admin.py`.

A screen lists rows of one table inside the actor's scope, shows one row with all that belongs to
it, and offers acts. An act is a form that calls one operation: a screen never writes to a table.
What is shown is typed (`values`); the front that draws it decides how money, times and codes look.
"""

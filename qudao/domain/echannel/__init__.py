"""
What each electronic front shows: which items, in which order, under which digit and keywords.

A *front* (`web`, `sms`, `ussd`, …) shows the menu that was published for it: for a branch and a
group of customers, or for all. What is not configured is shown whole, in the menu's own order: a
new business stands on every front at once, until somebody arranges it.

Invariants: at any instant at most one version of a configuration is published; what was published
is never changed, an older version is published again; a keyword, and a path of digits, leads to
one entry; no text is longer than its front can show; a menu is never more than a second old.
"""

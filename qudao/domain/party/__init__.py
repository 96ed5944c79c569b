"""
Who takes part: organizations, the individuals among them, and who acts where in which role.

SID terms: Party, Organization, Individual, PartyRole (here: Membership). The organization is a
tree, group → province → branch → county → outlet; each node carries its path from the root, and a
scope is a set of such paths.

Invariants: a path is the parent's path, a dot, and the own code, for every node at any time; two
memberships of one person in one role at one organization never overlap; a membership is never
deleted, it ends; nobody changes the own membership, and nobody gives a role they may not appoint.
"""

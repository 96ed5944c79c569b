"""Organizations, individuals and memberships."""

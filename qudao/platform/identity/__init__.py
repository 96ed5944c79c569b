"""People who sign in, API tokens, roles, protection of personal data."""

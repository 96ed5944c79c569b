"""The design system: base templates and static files."""

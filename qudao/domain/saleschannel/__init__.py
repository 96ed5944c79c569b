"""Channel kinds and outlets."""

"""Use-cases that span packages: one module, one transaction."""

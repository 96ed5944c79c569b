"""What clients can ask for: a module per subject, each with its router."""

"""What follows from something in several packages: consumers of the journal, one per module."""

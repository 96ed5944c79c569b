"""What we call: implementations of the domain's ports."""

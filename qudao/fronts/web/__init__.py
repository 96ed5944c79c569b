"""What all web fronts share: middleware that knows who asks."""

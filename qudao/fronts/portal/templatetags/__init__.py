"""What the portal's templates may write."""

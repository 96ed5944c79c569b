"""What the templates of the back office may write."""

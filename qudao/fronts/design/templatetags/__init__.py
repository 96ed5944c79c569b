"""What templates of every front may write."""

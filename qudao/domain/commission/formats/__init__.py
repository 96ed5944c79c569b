"""Files that banks read and write."""

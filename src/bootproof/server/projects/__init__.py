"""Projects and their tokens."""

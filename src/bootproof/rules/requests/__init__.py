"""Family 8: the first requests."""

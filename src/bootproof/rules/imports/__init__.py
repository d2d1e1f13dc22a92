"""Family 2: what is imported from where."""

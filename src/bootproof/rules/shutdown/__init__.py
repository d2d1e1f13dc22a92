"""Family 9: the shutdown."""

"""Family 5: engines, sessions and models."""

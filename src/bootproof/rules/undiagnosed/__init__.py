"""What no rule knows."""

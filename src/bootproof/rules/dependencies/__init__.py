"""Family 1: what is declared and what is installed."""

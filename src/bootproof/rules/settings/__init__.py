"""Family 3: values that the project reads at start."""

"""No package: nothing is hidden."""

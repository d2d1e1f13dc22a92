"""bootproof proves what stops a Python backend from starting, fixes it, and proves that it starts."""

__version__ = "0.1.0"

"""Hides nothing that is installed."""

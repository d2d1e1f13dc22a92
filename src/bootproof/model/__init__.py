"""The words of bootproof as frozen values. Imports nothing else of bootproof and does no I/O."""

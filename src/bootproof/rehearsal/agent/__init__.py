"""The part that runs inside the project's interpreter: standard library only, Python 3.9+, nothing of bootproof.

It is loaded under a private package name by `start.py`, so that no module name of its own can hide one of the
project's.
"""

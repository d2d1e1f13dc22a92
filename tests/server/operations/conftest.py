"""`bootproof serve` as a process, whose fixture lives with the tests of the command."""

from tests.server.test_serve import serve

__all__ = ["serve"]

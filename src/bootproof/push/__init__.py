"""A report on its way to a team server. Standard library only: who pushes needs nothing of the server's."""

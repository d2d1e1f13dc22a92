"""Family 7: the server and its process."""

"""Family 4: how the application is built."""

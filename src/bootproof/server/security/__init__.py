"""What guards an account and a request."""

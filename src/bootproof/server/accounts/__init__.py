"""People: sign up, sign in, their sessions."""

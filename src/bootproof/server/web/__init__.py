"""Pages: templates, what they share, static files."""

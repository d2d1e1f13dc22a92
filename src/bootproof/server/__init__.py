"""The team server: keeps the audits that teams push to it. It never runs anybody's code."""

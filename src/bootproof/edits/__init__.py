"""Edits: change Python, requirements, pyproject, .env and ini files, keep their formatting, undo it all."""

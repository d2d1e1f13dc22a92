"""Words."""

TITLE = "Guests"

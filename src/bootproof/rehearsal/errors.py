"""What can go wrong on bootproof's own side of a rehearsal.

RehearsalError
├── CopyFailed        the private copy could not be made
├── DatabaseLost      the database turned a client away through no fault of the project
└── ZygoteFailed      the project's interpreter did not come up, or went away
"""


class RehearsalError(Exception):
    """Root of this tree; its text is one sentence for the user."""


class CopyFailed(RehearsalError):
    """The private copy of the project could not be made."""


class DatabaseLost(RehearsalError):
    """A boot did not start after our database or proxy had turned it away; the next boot may get further."""


class ZygoteFailed(RehearsalError):
    """The project's interpreter did not come up as a zygote, or went away."""

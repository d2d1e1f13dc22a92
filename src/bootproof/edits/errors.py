"""What can go wrong with edits.

EditError
├── EditConflict      two edits overlap, or the text is not what an edit says it is
├── EditImpossible    this place cannot take such an edit
└── JournalError      the user's tree was not changed (or was put back)
    ├── CommitRefused     the tree cannot take the commit; nothing was written
    ├── UndoRefused       undoing would lose somebody's work; nothing was written
    ├── CommitFailed      writing failed midway; everything was put back
    ├── RecoveryNeeded    putting back failed as well; `recover` finishes it
    └── Busy              another run is at work in this tree
"""

from dataclasses import dataclass


class EditError(Exception):
    """The root of the tree above."""


class EditConflict(EditError):
    """Two edits want the same bytes, or the text at an edit's place is not the text that it names."""

    def __init__(self, file: str, offset: int, reason: str) -> None:
        super().__init__(f"`{file}` at byte {offset}: {reason}")
        self.file = file
        self.offset = offset
        self.reason = reason


class EditImpossible(EditError):
    """A helper was asked for an edit that this place cannot take."""


class JournalError(EditError):
    """The root of what the journal raises."""


class CommitRefused(JournalError):
    """The commit was refused before anything was written."""


class UndoRefused(JournalError):
    """The undo was refused before anything was written."""


class CommitFailed(JournalError):
    """Writing failed midway; every file was put back."""


class RecoveryNeeded(JournalError):
    """Writing failed, and so did putting back: the backups are kept and `recover` finishes the work."""


class Busy(JournalError):
    """Another run holds the lock of this tree."""


@dataclass(frozen=True)
class Refusal:
    """Why no edit is given: a value, not an error, because a rule goes on without it. One sentence, no
    full stop.
    """

    reason: str

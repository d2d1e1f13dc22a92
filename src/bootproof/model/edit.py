"""Edits: what a fix changes, as data. All offsets are bytes of the untouched file, so that any subset composes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """Replace `old`, which stands at bytes `start` to `end` of the untouched `file`, by `new`.

    An insertion has `start == end`; insertions at one place keep the order of the fixes. A file that does not
    exist is created by an edit with `start == end == 0` and `creates`; one whose whole content is `old` goes
    altogether where the edit `deletes`.
    """

    file: str
    start: int
    end: int
    old: str
    new: str
    creates: bool = False
    deletes: bool = False


@dataclass(frozen=True)
class ImportEdit:
    """Take `names` out of one `from … import` statement and add whole statements behind it.

    `start` and `end` are the byte span of the statement in the untouched file. Several on one statement are
    merged, which plain spans could not be: a statement that loses its last name goes altogether.
    """

    file: str
    start: int
    end: int
    names: tuple[str, ...]  # as imported (before `as`)
    added: tuple[str, ...] = ()  # whole statements, without indentation and line end


AnyEdit = Edit | ImportEdit

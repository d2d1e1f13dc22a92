"""Edits put into files: any subset of fixes composes, and what cannot compose is refused."""

import tomllib
from collections.abc import Callable, Iterable, Sequence

from bootproof.edits.dedupe import deduplicate
from bootproof.edits.errors import EditConflict
from bootproof.edits.importing import import_changes
from bootproof.edits.slots import Change
from bootproof.edits.source import decode, encode, encoding_of, parse
from bootproof.edits.splice import settle, splice
from bootproof.model.edit import AnyEdit, Edit, ImportEdit


def apply(edits: Iterable[AnyEdit], read: Callable[[str], bytes | None]) -> dict[str, bytes | None]:
    """The new contents of the files that change or are created, by path; None for a file that goes.

    `read` gives a file's untouched bytes, None where there is none. Raises EditConflict for spans that
    overlap,
    for text that is not what an edit says, and for a result that does not parse although the original did.
    """
    by_file: dict[str, list[AnyEdit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    result: dict[str, bytes | None] = {}
    for file, wanted in by_file.items():
        untouched = read(file)
        text = b"" if untouched is None else untouched
        creating = [isinstance(edit, Edit) and edit.creates for edit in wanted]
        if untouched is None and not all(creating):
            raise EditConflict(file, 0, "there is no such file")
        if untouched is not None and any(creating):
            raise EditConflict(file, 0, "the file to be created is there already")
        going = [edit for edit in wanted if isinstance(edit, Edit) and edit.deletes]
        if going:
            if len(set(wanted)) > 1 or going[0].old != decode(file, text):
                raise EditConflict(file, 0, "the file goes, and another fix changes it")
            result[file] = None
            continue
        mended = splice(text, changes(file, text, wanted))
        _check_syntax(file, text, mended)
        if untouched is None or mended != untouched:
            result[file] = mended
    return result


def changes(file: str, text: bytes, edits: Sequence[AnyEdit]) -> list[Change]:
    """The edits of one file as settled changes of its untouched bytes; raises EditConflict as `apply`
    does.
    """
    plain = deduplicate([edit for edit in edits if isinstance(edit, Edit)])
    imports = [edit for edit in edits if isinstance(edit, ImportEdit)]
    # what an import statement needs stands right behind it, before what others put there
    found = import_changes(file, text, imports, plain) if imports else []
    return settle(file, text, [*found, *(_change(file, text, edit) for edit in plain)])


def _change(file: str, text: bytes, edit: Edit) -> Change:
    try:
        old, new = encode(file, edit.old, text), encode(file, edit.new, text)
    except UnicodeEncodeError:
        reason = f"the file is written in {encoding_of(file, text)}, which cannot hold the new text"
        raise EditConflict(file, edit.start, reason) from None
    if not 0 <= edit.start <= edit.end <= len(text) or text[edit.start : edit.end] != old:
        raise EditConflict(file, edit.start, "the text here is not what the fix expects")
    return Change(edit.start, edit.end, new)


def _check_syntax(file: str, before: bytes, after: bytes) -> None:
    if file.endswith((".py", ".pyi")):
        broken = parse(after) is None and parse(before) is not None
    elif file.endswith(".toml"):
        broken = not _is_toml(after) and _is_toml(before)
    else:
        broken = False
    if broken:
        raise EditConflict(file, 0, "with these fixes together the file does not parse")


def _is_toml(text: bytes) -> bool:
    try:
        tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    return True

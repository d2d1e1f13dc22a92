"""Old and new code of one fix, as a report shows them, and the diffs of whole files."""

import difflib
from collections.abc import Callable
from dataclasses import replace

from bootproof.audit.theatre import Theatre
from bootproof.edits.diff import unified
from bootproof.edits.errors import EditError
from bootproof.model.finding import Finding
from bootproof.model.report import FileChange


def with_snippets(theatre: Theatre, finding: Finding) -> Finding:
    """The finding with `old` and `new` filled in: the changed lines alone, masked."""
    mask = theatre.rehearser.mask
    if finding.fix is None or not finding.fix.edits:
        return finding if finding.old else replace(finding, old=mask(_lines(theatre, finding)))
    try:
        files = theatre.variants.files((finding,))
    except EditError:
        return finding
    old_parts, new_parts = [], []
    for path, content in sorted(files.items()):
        before = (theatre.sources.text(path) or b"").decode("utf-8", "replace").splitlines()
        after = (content or b"").decode("utf-8", "replace").splitlines()
        heading = [f"# {path}"] if len(files) > 1 else []
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag != "equal":
                old_parts += [*heading, *before[i1:i2]]
                new_parts += [*heading, *after[j1:j2]]
                heading = []
    return replace(finding, old=mask("\n".join(old_parts)), new=mask("\n".join(new_parts)))


def _lines(theatre: Theatre, finding: Finding) -> str:
    text = theatre.sources.text(finding.file)
    if text is None:
        return ""
    lines = text.decode("utf-8", "replace").splitlines()
    return "\n".join(lines[finding.line - 1 : (finding.end_line or finding.line)][:40])


def changes(
    files: dict[str, bytes | None], read: Callable[[str], bytes | None], mask: Callable[[str], str]
) -> tuple[FileChange, ...]:
    """One change per file, with its diff, masked."""
    return tuple(
        FileChange(path=path, diff=mask(unified(read(path), content, path))) for path, content in sorted(files.items())
    )

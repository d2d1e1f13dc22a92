"""Lines of a mended text against lines of the untouched one, for the tracebacks of trials."""

from collections.abc import Sequence
from dataclasses import dataclass

from bootproof.edits.apply import changes
from bootproof.edits.slots import Change
from bootproof.edits.source import line_of, line_starts
from bootproof.edits.splice import splice
from bootproof.model.edit import AnyEdit


@dataclass(frozen=True)
class LineMap:
    """Where each line of a mended text came from (`origins`), and where each untouched line went
    (`places`).
    """

    origins: tuple[int, ...]
    places: tuple[int, ...]

    @classmethod
    def of(cls, file: str, text: bytes, edits: Sequence[AnyEdit]) -> "LineMap":
        """The map of a file with the edits applied; edits of other files are passed over.

        Raises EditConflict where the edits cannot be applied together.
        """
        forth = changes(file, text, [edit for edit in edits if edit.file == file])
        mended = splice(text, forth)
        return cls(tuple(_lines(mended, text, _reversed(text, forth))), tuple(_lines(text, mended, forth)))

    def original(self, line: int) -> int:
        """The untouched text's line behind a line of the mended text.

        A line that a fix wrote belongs to the line where it was put in. Lines start at 1; one beyond
        the end is
        the last.
        """
        return self.origins[min(max(line, 1), len(self.origins)) - 1]

    def mended(self, line: int) -> int:
        """The mended text's line of an untouched line; of a line that is gone, where it would be."""
        return self.places[min(max(line, 1), len(self.places)) - 1]


def _reversed(text: bytes, forth: Sequence[Change]) -> list[Change]:
    """The changes that lead from the mended text back."""
    back: list[Change] = []
    shift = 0
    for change in forth:
        start = change.start + shift
        back.append(Change(start, start + len(change.new), text[change.start : change.end]))
        shift += len(change.new) - (change.end - change.start)
    return back


def _lines(source: bytes, result: bytes, settled: Sequence[Change]) -> list[int]:
    """For each line of `source` its line in `result`, which the changes make of it."""
    starts, result_starts = line_starts(source), line_starts(result)
    found: list[int] = []
    for start in starts:
        shift, place = 0, None
        for change in settled:
            if change.end > start >= change.start or change.end == start == len(source) > change.start:
                # inside what is replaced: as many lines on as in the old text, but not past the new one
                first = change.start + shift
                last = first + max(len(change.new) - 1, 0)
                passed = line_of(starts, start) - line_of(starts, change.start)
                place = min(line_of(result_starts, first) + passed, line_of(result_starts, last))
                break
            if change.end > start:
                break
            shift += len(change.new) - (change.end - change.start)
        found.append(line_of(result_starts, start + shift) if place is None else place)
    return found

"""Lines of a mended text against lines of the untouched one, for the tracebacks of trials."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bootproof.edits.apply import changes
from bootproof.edits.slots import Change
from bootproof.edits.source import line_of, line_starts
from bootproof.edits.splice import splice
from bootproof.model.edit import AnyEdit


@dataclass(frozen=True)
class LineMap:
    """Where each line of a mended text came from, and where each line of the untouched text went.

    `starts` are the lines' offsets; `kept` are the pieces that both texts hold: (untouched, mended, length).
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    kept: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, file: str, text: bytes, edits: Sequence[AnyEdit]) -> "LineMap":
        """The map of a file with the edits applied; edits of other files are passed over. Raises
        EditConflict.
        """
        settled = changes(file, text, [edit for edit in edits if edit.file == file])
        return cls(
            tuple(line_starts(text)),
            tuple(line_starts(splice(text, settled))),
            tuple(_kept(text, settled)),
        )

    def original(self, line: int) -> int:
        """The untouched text's line behind a line of the mended text.

        A line that a fix wrote belongs to the line where it was put in; lines start at 1, and one beyond the
        end is the last.
        """
        return self._across(line, self.after, self.before, [(b, a, size) for a, b, size in self.kept])

    def mended(self, line: int) -> int:
        """The mended text's line of an untouched line; of a line that is gone, where it would be."""
        return self._across(line, self.before, self.after, list(self.kept))

    @staticmethod
    def _across(
        line: int, from_starts: tuple[int, ...], to_starts: tuple[int, ...], kept: list[tuple[int, int, int]]
    ) -> int:
        line = min(max(line, 1), len(from_starts))
        start = from_starts[line - 1]
        stop = from_starts[line] if line < len(from_starts) else None
        index = bisect_right([piece[0] for piece in kept], start) - 1
        if index >= 0:
            here, there, size = kept[index]
            if start < here + size or (stop is None and start == here + size):
                return line_of(list(to_starts), there + start - here)
            index += 1
        index = max(index, 0)
        if index < len(kept):
            here, there, _ = kept[index]
            if stop is None or here < stop:  # the line's tail is kept
                return line_of(list(to_starts), there)
        # wholly written or wholly gone: count from the end of what is kept before it
        if index == 0:
            return min(line, len(to_starts))
        here, there, size = kept[index - 1]
        first = line_of(list(from_starts), here + size)
        limit = line_of(list(to_starts), kept[index][1] if index < len(kept) else to_starts[-1])
        return min(line_of(list(to_starts), there + size) + line - first, limit)


def _kept(text: bytes, settled: Sequence[Change]) -> list[tuple[int, int, int]]:
    pieces: list[tuple[int, int, int]] = []
    here = there = 0
    for change in settled:
        if change.start > here:
            pieces.append((here, there, change.start - here))
        there += change.start - here + len(change.new)
        here = change.end
    if len(text) > here:
        pieces.append((here, there, len(text) - here))
    return pieces

"""What pages draw: where each mark stands. The templates turn it into SVG; every mark is told in words too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bootproof.server.audits.timeline import Point

WORDS = {"starts": "starts", "fails": "fails", "unproved": "cannot tell"}
STAGES = ("resolve", "prestart", "import", "startup", "ready", "requests", "shutdown")
_STEP, _PAD = 11, 7


@dataclass(frozen=True)
class Mark:
    """One audit: its place, its verdict, what it says, and where it leads."""

    x: float
    y: float
    verdict: str
    said: str
    href: str


@dataclass(frozen=True)
class Drawn:
    """A row of marks, the oldest first, and the row in words."""

    width: float
    height: float
    marks: list[Mark]
    said: str


@dataclass(frozen=True)
class Bar:
    """The part of one stage in the column of one audit."""

    x: float
    y: float
    width: float
    height: float
    stage: int
    said: str


@dataclass(frozen=True)
class Plot:
    """Seconds of each stage, a column for each audit. `ticks`: seconds and their height."""

    width: float
    height: float
    bars: list[Bar]
    ticks: list[tuple[str, float]]
    stages: list[tuple[int, str]]
    said: str


def timeline(points: Sequence[Point], link: Callable[[int], str]) -> Drawn:
    """The verdicts of audits, the oldest first; the shapes differ, not the colours alone."""
    height = 24
    marks = [
        Mark(_PAD + number * _STEP, height / 2, each.verdict, _said(each), link(each.id)) for number, each in enumerate(points)
    ]
    counts = ", ".join(f"{sum(each.verdict == name for each in points)} × {word}" for name, word in WORDS.items())
    last = f"; the last one: {WORDS[points[-1].verdict]}" if points else ""
    width = 2 * _PAD + max(len(points) - 1, 0) * _STEP
    return Drawn(width, height, marks, f"The last {len(points)} audits: {counts}{last}")


def _said(point: Point) -> str:
    return f"{point.created_at:%Y-%m-%d %H:%M}: {WORDS[point.verdict]}"


def plot(points: Sequence[Point]) -> Plot | None:
    """How long the stages of each audit took; None where no audit has told."""
    told = [each for each in points if any(stage.get("seconds") for stage in each.stages)]
    if not told:
        return None
    width, height, left, low = 640.0, 180.0, 44.0, 160.0
    most = max(sum(float(stage.get("seconds") or 0) for stage in each.stages) for each in told)
    step = min((width - left) / len(told), 40.0)
    bars, seen = [], set[int]()
    for column, each in enumerate(told):
        y = low
        for stage in each.stages:
            seconds, name = float(stage.get("seconds") or 0), str(stage.get("name"))
            if not seconds or name not in STAGES:
                continue
            tall = seconds / most * (low - 14)
            y -= tall
            number = STAGES.index(name)
            seen.add(number)
            said = f"{each.created_at:%Y-%m-%d %H:%M}, {name}: {seconds:.2f} s"
            bars.append(Bar(left + column * step + step * 0.1, y, step * 0.8, max(tall, 0.5), number, said))
    ticks = [(f"{most * part:.1f} s", low - part * (low - 14)) for part in (0.0, 0.5, 1.0)]
    said = f"Seconds of the stages in {len(told)} audits; the longest took {most:.1f} s"
    return Plot(width, height, bars, ticks, [(number, STAGES[number]) for number in sorted(seen)], said)

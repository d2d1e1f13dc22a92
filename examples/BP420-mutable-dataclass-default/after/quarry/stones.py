import dataclasses
from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=True)
class Stone:
    kind: str
    weight: float = 0
    marks: list[str] = dataclasses.field(default_factory=list)
    places: dict[str, int] = dataclasses.field(default_factory=lambda: {"north": 1})
    kinds: ClassVar[list[str]] = []
    sides: set[int] = dataclasses.field(
        default_factory=lambda: {1, 2}, repr=False)


@dataclass
class Load:
    stones: list[Stone]
    driver: str = "".join(
        ["n", "o"])
    # the one that lies on top
    first: Stone = dataclasses.field(default_factory=lambda: Stone("none"))

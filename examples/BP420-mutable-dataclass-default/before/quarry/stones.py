import dataclasses
from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=True)
class Stone:
    kind: str
    weight: float = 0
    marks: list[str] = []
    places: dict[str, int] = {"north": 1}
    kinds: ClassVar[list[str]] = []
    sides: set[int] = dataclasses.field(
        default={1, 2}, repr=False)


@dataclass
class Load:
    stones: list[Stone]
    driver: str = "".join(
        ["n", "o"])
    # the one that lies on top
    first: Stone = Stone("none")

from dataclasses import dataclass, field
from typing import ClassVar

from fastapi import FastAPI
from pydantic import BaseModel


@dataclass
class Stone:
    """marks: list = []"""

    kind: str
    marks: list[str] = field(default_factory=list)
    kinds: ClassVar[list[str]] = []
    sides: tuple[int, ...] = (1, 2)
    places: frozenset[str] = frozenset({"north"})


class Load(BaseModel):
    stones: list[str] = []


class Cart:
    wheels: list[int] = []


app = FastAPI()


@app.get("/load")
def load(load: str = "") -> int:
    return len(Load().stones) + len(Stone("granite").marks) + len(Cart.wheels)

"""Rooms that can be booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from collections.abc import Iterable

app = FastAPI()


def largest(rooms: Iterable[int]) -> int:
    return max(rooms)


@app.get("/health")
def health() -> dict[str, int]:
    return {"largest": largest([101, 201])}

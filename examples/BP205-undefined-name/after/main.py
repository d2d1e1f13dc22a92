"""Rooms that can be booked."""

from fastapi import FastAPI
from typing import Optional

app = FastAPI()


@app.get("/rooms")
def rooms(floor: Optional[int] = None) -> list[int]:
    return [room for room in (101, 102, 201) if floor in (None, room // 100)]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}

import math

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Average(BaseModel):
    value: float | None


@app.get("/average")
async def average() -> Average:
    value = float("nan")  # JSON has no such number
    return Average(value=None if math.isnan(value) else value)

from typing import Any

from fastapi import FastAPI

rooms: dict[str, Any] = {}
app = FastAPI()  # lifespan=None: on_event works
garden = FastAPI()
app.mount("/garden", garden)


@app.on_event("startup")
async def open_rooms() -> None:
    rooms["guide"] = "ground floor first"


@garden.get("/gate")
def gate() -> str:
    return "open"


@app.get("/health")
def health() -> dict[str, str]:
    return {"guide": rooms["guide"]}

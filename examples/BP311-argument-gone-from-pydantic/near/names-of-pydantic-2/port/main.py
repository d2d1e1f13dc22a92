from fastapi import FastAPI

from port.schemas import Ship
from port.settings import settings

app = FastAPI(title=settings.title)


@app.post("/ships")
def dock(ship: Ship) -> Ship:
    return ship

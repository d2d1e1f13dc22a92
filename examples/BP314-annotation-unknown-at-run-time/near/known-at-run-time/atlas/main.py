from fastapi import FastAPI

from atlas.maps import Map
from atlas.settings import settings

app = FastAPI(title=str(settings.folder))
world = Map(name="world")


@app.get("/maps")
def maps() -> list[str]:
    return [world.name]

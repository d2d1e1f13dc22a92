from fastapi import FastAPI

from garden.models import Bed
from garden.settings import settings

app = FastAPI(title=settings.title)


@app.get("/bed")
def bed() -> Bed:
    return Bed(width=2, length=3)


first = bed()

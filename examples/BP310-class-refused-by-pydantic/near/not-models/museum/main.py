from fastapi import FastAPI

from museum.config import Settings
from museum.schemas import Exhibit

settings = Settings()
app = FastAPI(title=settings.title)


@app.get("/exhibits")
def exhibits() -> list[Exhibit]:
    return []

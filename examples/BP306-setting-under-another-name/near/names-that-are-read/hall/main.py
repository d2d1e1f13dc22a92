from fastapi import FastAPI

from hall.config import settings

app = FastAPI(title=settings.title)


@app.get("/seats")
def seats() -> dict[str, int]:
    return {"seats": settings.seats}

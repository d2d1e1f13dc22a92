from fastapi import FastAPI

from library.models import Base, engine

Base.metadata.create_all(bind=engine)  # the tables

app = FastAPI(title="library")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

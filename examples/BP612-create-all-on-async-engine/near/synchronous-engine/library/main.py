from fastapi import FastAPI
from sqlalchemy import create_engine

from library.models import Base

engine = create_engine("sqlite://")
Base.metadata.create_all(bind=engine)

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

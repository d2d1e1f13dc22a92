from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker

engine = create_engine("sqlite://")
Session = sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI):
    with Session() as session:
        session.execute(text("SELECT 1"))
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True

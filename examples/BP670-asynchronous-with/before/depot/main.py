import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from depot.database import engine

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI):
    log.info("looking for the database")
    async with engine.connect() as connection:
        log.info("the database says %s", connection.scalar(text("SELECT 'ready'")))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True

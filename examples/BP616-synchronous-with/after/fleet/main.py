import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from fleet.database import Session

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with Session() as session:
        await session.execute(text("SELECT set_config('fleet.started', 'yes', false)"))
        log.info("started: %s", (await session.scalar(text("SELECT current_setting('fleet.started')"))).upper())
        session.expunge_all()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True

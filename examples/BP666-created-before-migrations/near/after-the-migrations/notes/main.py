from contextlib import asynccontextmanager

from fastapi import FastAPI

from notes.models import Base, engine


@asynccontextmanager
async def lifespan(app: FastAPI):
    # the migrations have run by now, and create_all leaves what is there alone
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(title="Notes", lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

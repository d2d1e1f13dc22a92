from contextlib import asynccontextmanager

from fastapi import FastAPI

from library.models import Base, engine


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        # not Base.metadata.create_all(bind=engine)
        await connection.run_sync(Base.metadata.create_all, checkfirst=True)
        await connection.run_sync(lambda synchronous: Base.metadata.create_all(synchronous))
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

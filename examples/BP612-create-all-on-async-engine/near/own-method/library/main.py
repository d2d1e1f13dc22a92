from contextlib import asynccontextmanager

from fastapi import FastAPI


class Shelves:
    """Makes shelves; its `create_all` has nothing to do with tables."""

    def create_all(self, engine: str) -> int:
        return len(engine)


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.shelves = Shelves().create_all(engine="oak")
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

from contextlib import asynccontextmanager

from fastapi import FastAPI


class Engine:
    """A rules engine of the project's own: it executes by itself."""

    async def execute(self, rule: str) -> bool:
        return bool(rule)


engine = Engine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.execute("SELECT 1")
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/version")
async def version() -> str:
    return "1"

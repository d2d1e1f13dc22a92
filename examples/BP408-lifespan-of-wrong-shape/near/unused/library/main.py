from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI):
    try:
        yield {"shelf": 1}
    finally:
        pass


app = FastAPI(lifespan=lifespan)


@app.get("/books")
def books() -> list[str]:
    return ["lifespan=lifespan()"]

from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from orchard.stamps import stamped

TREES: list[str] = []


@asynccontextmanager
async def lifespan(orchard: FastAPI):
    TREES.append("apple")
    # every answer says where it comes from
    yield
    TREES.clear()


app = FastAPI(title="Orchard", lifespan=lifespan)
app.add_middleware(
    BaseHTTPMiddleware,
    dispatch=stamped,
)


@app.get("/trees")
def trees() -> list[str]:
    return TREES

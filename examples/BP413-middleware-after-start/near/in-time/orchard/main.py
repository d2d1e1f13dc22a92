from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from orchard.stamps import stamped

TREES: list[str] = []


@asynccontextmanager
async def lifespan(orchard: FastAPI):
    TREES.append("apple")
    cellar = FastAPI()
    cellar.add_middleware(BaseHTTPMiddleware, dispatch=stamped)
    try:
        if "pear" in TREES:
            orchard.add_middleware(BaseHTTPMiddleware, dispatch=stamped)
    except RuntimeError:
        TREES.append("too late")
    yield


app = FastAPI(title="Orchard", lifespan=lifespan)
app.add_middleware(BaseHTTPMiddleware, dispatch=stamped)


@app.get("/trees")
def trees() -> list[str]:
    return TREES

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext

from fastapi import FastAPI


class Door:
    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *failure):
        return None


@contextmanager
def shift():
    yield "early"


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with AsyncExitStack() as stack, Door() as door, nullcontext() as nothing, asyncio.Lock():
        app.state.shift = stack.enter_context(shift())
        app.state.door, app.state.nothing = door, nothing
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True

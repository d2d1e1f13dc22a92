from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI


class Ledger:
    def __call__(self, page: int = 1) -> int:
        return page


@asynccontextmanager
async def opened():
    yield "ledger"


async def ledger():
    async with opened() as name:  # Depends(opened) would give the context manager itself
        yield name


app = FastAPI()


@app.get("/ledger")
async def read(name: str = Depends(ledger), page: int = Depends(Ledger())):
    return {"name": name, "page": page}

import contextlib

from fastapi import FastAPI

READY: list[str] = []


class Shelves:
    async def __aenter__(self):
        READY.append("entered")

    async def __aexit__(self, *_):
        READY.clear()


def shelves(name):
    """Gives a lifespan: it is called where it is passed."""

    def lifespan(app):
        READY.append(name)
        return Shelves()

    return lifespan


@contextlib.contextmanager
def borrowed():
    yield "no lifespan of anybody"


@contextlib.asynccontextmanager
async def early(app):
    if READY == ["nothing"]:
        yield
        return
    yield


inner = FastAPI(lifespan=early)
app = FastAPI(lifespan=shelves("fiction"))


@app.get("/books")
def books() -> list[str]:
    with borrowed():
        return READY

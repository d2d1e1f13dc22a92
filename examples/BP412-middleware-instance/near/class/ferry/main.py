from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware


def timed(app, seconds):
    async def call(scope, receive, send):
        await app(scope, receive, send)

    return call


app = FastAPI(middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["*"])])
app.add_middleware(GZipMiddleware, minimum_size=500)
app.add_middleware(partial(timed, seconds=3))
app.add_middleware(lambda app: timed(app, 4))


@app.get("/crossings")
def crossings() -> list[str]:
    return []

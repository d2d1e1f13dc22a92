from fastapi import FastAPI


class Berths:
    """Takes None for allow_origins."""

    def __init__(self, app, allow_origins=()):
        self.app = app
        self.allow_origins = allow_origins or ()

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


app = FastAPI()
app.add_middleware(Berths, allow_origins=None)


@app.get("/ships")
def ships() -> list[str]:
    return []

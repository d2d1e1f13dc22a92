from fastapi import FastAPI
from fastapi.middleware import cors


class Timed:
    """Takes whatever it is given: allowed_headers=, allowed_origins=."""

    def __init__(self, app, **options):
        self.app = app
        self.options = options

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


def protect(app: FastAPI) -> None:
    options = {"allow_origins": ["*"], "allow_headers": ["Authorization"]}
    app.add_middleware(cors.CORSMiddleware, **options)

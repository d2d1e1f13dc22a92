from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware


def startup(app: FastAPI) -> None:
    """Called `startup`, and called before the server is."""
    app.add_middleware(GZipMiddleware)


def create_app() -> FastAPI:
    app = FastAPI()
    startup(app)
    return app


app = create_app()


@app.get("/trees")
def trees() -> list[str]:
    return []

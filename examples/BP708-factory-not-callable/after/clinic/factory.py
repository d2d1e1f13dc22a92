from fastapi import FastAPI

from clinic.routes import router


def build(title: str = "Clinic") -> FastAPI:
    """The application, with every router."""
    app = FastAPI(title=title)
    app.include_router(router)
    return app

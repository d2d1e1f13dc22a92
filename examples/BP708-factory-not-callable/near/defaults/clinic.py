from fastapi import FastAPI


async def connect(settings: dict[str, str]) -> FastAPI:
    return FastAPI()


def build(title: str = "Clinic", *, debug: bool = False) -> FastAPI:
    app = FastAPI(title=title, debug=debug)
    app.add_api_route("/health", lambda: {"status": "ok"})
    return app

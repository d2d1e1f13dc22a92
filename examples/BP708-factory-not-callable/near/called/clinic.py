from fastapi import FastAPI


def build(title: str) -> FastAPI:
    """Called below with its argument; `--factory` would not know it."""
    made = FastAPI(title=title)
    made.add_api_route("/health", lambda: {"status": "ok"})
    return made


app = build("Clinic")

"""Uses a faster encoder where there is one."""

try:
    import msgspec
except ImportError:
    msgspec = None
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health() -> dict[str, bool]:
    return {"fast": msgspec is not None}

import os

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

ORIGINS = os.getenv("HARBOUR_ORIGINS") or []
PATTERN = None

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=ORIGINS,
    allow_origin_regex=PATTERN,  # None is this option's own default
    expose_headers=(),
)


@app.get("/ships")
def ships() -> list[str]:
    return []

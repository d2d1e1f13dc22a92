import os

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

ORIGINS = None
METHODS = os.getenv("HARBOUR_METHODS")

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_headers=["Authorization"],
    allow_origins=ORIGINS,
    expose_headers=["X-Berth"],
)


@app.get("/ships")
def ships() -> list[str]:
    return [METHODS or "GET"]

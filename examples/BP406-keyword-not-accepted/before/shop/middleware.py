from fastapi import FastAPI
from fastapi.middleware import cors

ORIGINS = ["https://shop.example.com"]


def protect(app: FastAPI) -> None:
    app.add_middleware(
        cors.CORSMiddleware,
        allow_origins=ORIGINS,
        allow_methods=["GET", "POST"],
        allowed_headers=["Authorization"],  # what the browser may send
        allow_credentials=True,
    )

"""Signs a ticket for each visitor."""

import jwt
from fastapi import FastAPI

WELCOME = jwt.encode({"sub": "visitor"}, "a-key-that-is-only-an-example-of-one", algorithm="HS256")
app = FastAPI()


@app.get("/ticket")
def ticket() -> dict[str, str]:
    return {"ticket": WELCOME}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}

from fastapi import FastAPI

from app.config import TRUSTED_PROXIES

app = FastAPI()
proxies = [each.strip() for each in TRUSTED_PROXIES.split(",")]


@app.get("/proxies")
def show() -> list[str]:
    return proxies

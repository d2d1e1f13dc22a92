import os

from fastapi import FastAPI

app = FastAPI()
proxies = os.getenv("TRUSTED_PROXIES", "").split(",")
region = os.getenv("REGION")


@app.get("/proxies")
def show() -> list[str]:
    return proxies if region is None else [*proxies, region]

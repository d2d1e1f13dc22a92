"""The shop."""

from fastapi import FastAPI

from shop.settings import settings

app = FastAPI(title=settings.shop_name)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}

"""The shop."""

from fastapi import FastAPI

from shop.orders import place

app = FastAPI()


@app.post("/orders/{article}")
def order(article: str) -> dict[str, bool]:
    return {"placed": place(article)}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}

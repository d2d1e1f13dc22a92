from fastapi import FastAPI

from grocer import feed

feed.watch()

app = FastAPI(title="Grocer")


@app.get("/prices")
def prices() -> dict[str, int]:
    return feed.prices

from fastapi import FastAPI

from tally.store import Counter

app = FastAPI(title="Tally")
counter = Counter("redis://localhost:6379/0")


@app.get("/name")
def name() -> dict[str, str]:
    return {"name": counter.name}

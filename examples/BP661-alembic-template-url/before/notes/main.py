from fastapi import FastAPI

from notes.database import engine

app = FastAPI(title="Notes")


@app.get("/health")
async def health() -> dict[str, str]:
    assert engine.name == "postgresql"
    return {"status": "ok"}

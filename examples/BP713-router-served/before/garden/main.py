from fastapi import APIRouter

app = APIRouter(prefix="/api", tags=["plants"])


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

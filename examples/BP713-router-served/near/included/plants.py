from fastapi import APIRouter

app = APIRouter(prefix="/plants")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

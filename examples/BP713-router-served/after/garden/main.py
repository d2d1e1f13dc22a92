from fastapi import APIRouter
from fastapi import FastAPI

app = APIRouter(prefix="/api", tags=["plants"])


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

router = app
app = FastAPI()
app.include_router(router)

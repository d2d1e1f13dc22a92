from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/api/v1")


@router.get("/health")
async def health():
    return {"status": "ok"}


app = FastAPI()
app.include_router(router)

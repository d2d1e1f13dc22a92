from fastapi import FastAPI

api = FastAPI(title="Desk")


@api.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

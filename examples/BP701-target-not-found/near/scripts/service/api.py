from fastapi import FastAPI

api = FastAPI(title="Notes")


@api.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

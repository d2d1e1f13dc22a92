import nest_asyncio
from fastapi import FastAPI

nest_asyncio.apply()
app = FastAPI(title="Agent")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

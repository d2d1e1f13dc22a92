import nest_asyncio
import uvicorn
from fastapi import FastAPI

nest_asyncio.apply()
app = FastAPI(title="Agent")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, loop="asyncio")

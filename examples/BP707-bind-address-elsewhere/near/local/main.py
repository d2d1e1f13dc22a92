import uvicorn
from fastapi import FastAPI

URL = "http://0.0.0.0:8000"
app = FastAPI(servers=[{"url": URL}])


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="localhost", port=8000)

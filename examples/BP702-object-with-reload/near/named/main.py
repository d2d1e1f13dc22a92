import uvicorn
from fastapi import FastAPI

app = FastAPI()
RELOADS = False  # uvicorn.run(app, reload=True) needs an import string


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run("main:app", port=8000, workers=2)

from fastapi import FastAPI

app = FastAPI(title="Till")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

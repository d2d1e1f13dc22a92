"""The guest book."""

from fastapi import FastAPI

from api.pages import router

app = FastAPI()
app.include_router(router)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}

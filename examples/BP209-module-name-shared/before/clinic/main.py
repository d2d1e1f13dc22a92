from fastapi import FastAPI

from logging import LEVEL, describe
from clinic.visits import router

app = FastAPI(title="Clinic")
app.include_router(router)


@app.get("/about")
def about() -> dict[str, str]:
    return {"level": LEVEL, "log": describe()}

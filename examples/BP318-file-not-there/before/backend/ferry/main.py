from fastapi import FastAPI

from backend.ferry.harbours import HARBOURS

app = FastAPI(title="Ferry")


@app.get("/harbours")
def harbours() -> list[str]:
    return HARBOURS

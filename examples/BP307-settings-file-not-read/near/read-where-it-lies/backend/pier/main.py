from fastapi import FastAPI

from backend.pier.config import get_settings

app = FastAPI(title=get_settings().title)


@app.get("/")
def berths() -> dict[str, int]:
    return {"berths": get_settings().berths}

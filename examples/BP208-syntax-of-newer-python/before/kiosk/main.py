from fastapi import FastAPI

from kiosk.labels import label

app = FastAPI(title="Kiosk")


@app.get("/label/{name}")
def show(name: str) -> dict[str, str]:
    return {"label": label(name)}

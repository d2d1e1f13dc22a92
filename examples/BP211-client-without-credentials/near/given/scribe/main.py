from fastapi import FastAPI

from scribe.writer import model

app = FastAPI(title="Scribe")


@app.get("/model")
def name() -> dict[str, str]:
    return {"model": model()}

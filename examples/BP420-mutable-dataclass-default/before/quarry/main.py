from fastapi import FastAPI

from quarry.stones import Load, Stone

app = FastAPI()


@app.get("/load")
def load() -> int:
    return len(Load([Stone("granite")]).stones)

from fastapi import FastAPI

app = FastAPI()
HTTP_204_BOXES = 201


@app.post("/boxes", status_code=HTTP_204_BOXES)
def add() -> dict[str, int]:
    return {"boxes": 1}


@app.get("/boxes", responses={204: {"description": "none"}})
def boxes() -> dict[str, int]:
    return {"boxes": 0}

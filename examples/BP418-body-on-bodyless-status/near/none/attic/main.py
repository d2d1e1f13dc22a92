from fastapi import FastAPI, Response, status

app = FastAPI()


@app.delete("/boxes/{name}", status_code=status.HTTP_204_NO_CONTENT)
async def throw_away(name: str) -> None: ...


@app.get("/boxes/{name}", status_code=304, response_model=None)
def box(name: str) -> dict[str, str]:
    return {"name": name}


@app.get("/boxes", status_code=200)
def boxes() -> dict[str, int]:
    return {"status_code": 204}


@app.post("/boxes", status_code=204)
def shut() -> Response:
    return Response(status_code=204)

from fastapi import APIRouter, FastAPI

PREFIX = "cakes/"  # APIRouter(prefix="cakes/")
app = FastAPI(title=PREFIX)
names = [f"{PREFIX}{{id}}/{{id}}", "/{id:integer}"]


@app.get("/loaves/{number:int}")
def loaf(number: int) -> list[str]:
    return names


try:
    APIRouter(prefix=PREFIX)
except AssertionError:
    names.clear()

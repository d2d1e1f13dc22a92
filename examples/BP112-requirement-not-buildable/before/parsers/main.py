import frozenlist
from fastapi import FastAPI

app = FastAPI(title="Parsers")


@app.get("/")
def about() -> dict[str, str]:
    return {"parser": frozenlist.__version__}

from fastapi import FastAPI

app = FastAPI(title="Parsers")


@app.get("/")
def about() -> dict[str, str]:
    return {"parser": "h11, not frozenlist==1.2.0"}

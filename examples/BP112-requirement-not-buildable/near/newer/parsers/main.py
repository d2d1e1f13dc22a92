from fastapi import FastAPI

app = FastAPI(title="Parsers")


@app.get("/")
def about() -> dict[str, str]:
    return {"parser": "h11, not httptools==0.4.0"}

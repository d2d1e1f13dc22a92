from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
options = dict(allow_origins=["*"])
try:
    CORSMiddleware(app, allowed_origins=["*"])
except TypeError:
    options["allow_headers"] = ["*"]  # allowed_headers was never a name of it
app.add_middleware(CORSMiddleware, **options)


@app.get("/")
def root() -> dict[str, int]:
    return {"items": 0}

from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates
from pathlib import Path

templates = Jinja2Templates(directory=Path(__file__).resolve().parent / "templates")
app = FastAPI()


@app.get("/parcels")
def parcels(request: Request):
    return templates.TemplateResponse(request, "parcels.html", {"count": 2})

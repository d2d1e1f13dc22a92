from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates

templates = Jinja2Templates(directory="templates")
app = FastAPI()


@app.get("/parcels")
def parcels(request: Request):
    return templates.TemplateResponse(request, "parcels.html", {"count": 2})

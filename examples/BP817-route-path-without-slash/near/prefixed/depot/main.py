from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/parcels")
app = FastAPI()


@router.get("")
async def parcels():
    return []


@router.get("-of-today")
async def of_today():
    return []


@app.get(path="/about", name="about")
async def about():
    return {"see": app.url_path_for("about")}


app.include_router(router)

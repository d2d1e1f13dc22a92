from fastapi import APIRouter, FastAPI

from shop.middleware import Timed, protect

app = FastAPI(title="Shop", description="allowed_headers=")
protect(app)
app.add_middleware(Timed, allowed_headers=["X-Time"], budget=2)

basket = APIRouter(prefix="/basket", tags=["basket"])


@basket.get("")
def read_basket() -> dict[str, int]:
    return {"items": 0}


app.include_router(basket)

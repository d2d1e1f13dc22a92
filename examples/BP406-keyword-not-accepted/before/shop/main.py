from fastapi import APIRouter, FastAPI

from shop.middleware import protect

app = FastAPI(title="Shop")
protect(app)

basket = APIRouter(prefix="/basket", tag=["basket"])


@basket.get("")
def read_basket() -> dict[str, int]:
    return {"items": 0}


app.include_router(basket)

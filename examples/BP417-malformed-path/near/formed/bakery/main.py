from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from starlette.convertors import Convertor, register_url_convertor


class Weight(Convertor[int]):
    regex = "[0-9]+g"

    def convert(self, value: str) -> int:
        return int(value[:-1])

    def to_string(self, value: int) -> str:
        return f"{value}g"


register_url_convertor("weight", Weight())
inner = APIRouter()
router = APIRouter(prefix="/bread")


@inner.get("")
def window() -> list[str]:
    return []


@router.get("")
def loaves() -> list[str]:
    return []


@router.get("/{weight:weight}/{rest:path}")
def heavy(weight: int, rest: str) -> str:
    return f"{weight} {rest}"


app = FastAPI()
app.include_router(inner, prefix="/window")
app.include_router(router, prefix="")
app.mount("", FastAPI())

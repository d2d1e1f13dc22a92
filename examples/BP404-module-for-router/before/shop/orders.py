from fastapi import APIRouter

routes = APIRouter()


@routes.get("/")
def orders() -> list[int]:
    return []

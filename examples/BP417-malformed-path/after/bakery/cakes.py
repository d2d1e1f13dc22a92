from fastapi import APIRouter

PREFIX = '/cakes'
router = APIRouter(prefix=PREFIX)


@router.get("")
def cakes() -> list[str]:
    return []

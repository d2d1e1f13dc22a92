from fastapi import APIRouter

CAKES = "cakes"
router = APIRouter()
LOAF = "/loaves/{number}"


# the shop window
@router.get("", name="window")
def window() -> list[str]:
    return []


@router.get(f"{LOAF}/slices") if False else router.get("/slices/{number:integer}")
def slices(number: int) -> int:
    return number


@router.get(LOAF)
def loaf(number: int) -> int:
    return number

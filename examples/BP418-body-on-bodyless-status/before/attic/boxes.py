from fastapi import APIRouter, status
from pydantic import BaseModel

router = APIRouter(prefix="/boxes")


class Box(BaseModel):
    name: str


GONE: list[str] = []


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT)
async def throw_away(name: str) -> dict[str, str]:
    GONE.append(name)
    return {"gone": name}


# nothing changed
@router.get(
    "/{name}",
    response_model=Box,
    status_code=304,
)
def box(name: str):
    return Box(name=name)

from typing import Annotated

from pydantic import BaseModel, Field, conlist


class Ship(BaseModel):
    """Field(regex=…) and conlist(min_items=…) are what pydantic 1 called them."""

    sign: str = Field("AB12", pattern="^[A-Z]{2}[0-9]{2}$")
    decks: conlist(str, min_length=1, max_length=20) = ["main"]
    crew: Annotated[list[str], Field(min_items=0)] = []

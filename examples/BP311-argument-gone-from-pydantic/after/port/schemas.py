from pydantic import BaseModel, Field, conlist


class Ship(BaseModel):
    sign: str = Field(
        "AB12",
        pattern="^[A-Z]{2}[0-9]{2}$",
        max_length=8,
    )
    decks: conlist(str, min_length=1, max_length=20) = ["main"]

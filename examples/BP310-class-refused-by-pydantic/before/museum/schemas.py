from typing import Dict, Union

from pydantic import BaseModel, Field


class Painting(BaseModel):
    kind: str = "painting"
    painter: str


class Sculpture(BaseModel):
    kind: str = "sculpture"
    material: str

    model_config = {"str_strip_whitespace": True}

    class Config:
        # as it was called before
        orm_mode = True


class Exhibit(BaseModel):
    piece: Union[Painting, Sculpture] = Field(discriminator="kind")
    labels: Dict[str, any] = {}

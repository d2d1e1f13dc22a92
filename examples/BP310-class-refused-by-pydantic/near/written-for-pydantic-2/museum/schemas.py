from typing import Any, Dict, Literal, Union

from pydantic import BaseModel, ConfigDict, Field


class Handle:
    pass


class Painting(BaseModel):
    kind: Literal["painting"] = "painting"
    painter: str


class Sculpture(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, from_attributes=True)

    kind: Literal["sculpture"]
    material: str


class Exhibit(BaseModel):
    piece: Union[Painting, Sculpture] = Field(discriminator="kind")
    labels: Dict[str, Any] = {}


class Held(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    handle: Handle | None = None

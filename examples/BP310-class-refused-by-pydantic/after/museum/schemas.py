from typing import Dict, Union

from pydantic import BaseModel, Field
from typing import Literal
from typing import Any


class Painting(BaseModel):
    kind: Literal["painting"] = "painting"
    painter: str


class Sculpture(BaseModel):
    kind: Literal["sculpture"] = "sculpture"
    material: str

    model_config = {"from_attributes": True, "str_strip_whitespace": True}


class Exhibit(BaseModel):
    piece: Union[Painting, Sculpture] = Field(discriminator="kind")
    labels: Dict[str, Any] = {}

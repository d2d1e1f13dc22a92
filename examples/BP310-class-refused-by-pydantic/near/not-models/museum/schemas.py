from dataclasses import dataclass

from pydantic import BaseModel


class Painting:
    kind: str = "painting"


@dataclass
class Label:
    text: any
    size = 3


class Exhibit(BaseModel):
    name: str

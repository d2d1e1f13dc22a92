from collections.abc import Callable

from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema


class Rule(BaseModel):
    name: str
    check: SkipJsonSchema[Callable[[int], bool] | None] = None

from collections.abc import Callable

from pydantic import BaseModel


class Rule(BaseModel):
    name: str
    check: Callable[[int], bool]

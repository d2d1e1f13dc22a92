"""Types that several schemas share."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def without_nul(value: str) -> str:
    """PostgreSQL cannot store U+0000 in text."""
    if "\0" in value:
        raise ValueError("the character U+0000 is not allowed")
    return value


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(without_nul),
]
TagName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    AfterValidator(without_nul),
]
Words = Annotated[str, StringConstraints(max_length=2000), AfterValidator(without_nul)]


class ReadModel(BaseModel):
    """Made from a row."""

    model_config = ConfigDict(from_attributes=True)


@dataclass(frozen=True)
class Page:
    limit: int
    offset: int

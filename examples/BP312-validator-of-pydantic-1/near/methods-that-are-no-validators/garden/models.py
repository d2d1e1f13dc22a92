from pydantic import BaseModel


def root_validator(function):
    """Not pydantic's."""
    return function


class Bed(BaseModel):
    width: int
    length: int = 0

    @root_validator
    def positive(cls, values):
        return values["width"]

    def longer(self, value, values, info):
        return values[value]

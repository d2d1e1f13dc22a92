from pydantic import BaseModel, field_validator, model_validator, root_validator


class Bed(BaseModel):
    width: int
    length: int = 0
    area: int = 0

    @field_validator("length")
    def longer(cls, value, values):
        if "width" in values and value < values["width"]:
            raise ValueError("a bed is longer than it is wide")
        return value

    @root_validator
    def positive(cls, values):
        return values

    @model_validator(mode="after")
    def measured(cls, values):
        values.area = values["width"] * values.get("length")
        return values

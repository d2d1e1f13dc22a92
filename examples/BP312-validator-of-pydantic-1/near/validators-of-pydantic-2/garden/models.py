from pydantic import BaseModel, ValidationInfo, field_validator, model_validator, root_validator


class Bed(BaseModel):
    width: int
    length: int = 0

    @field_validator("length")
    @classmethod
    def longer(cls, value: int, values: ValidationInfo) -> int:
        if value < values.data["width"]:
            raise ValueError("a bed is longer than it is wide")
        return value

    @root_validator(skip_on_failure=True)
    def positive(cls, values):
        return values

    @root_validator(pre=True)
    def whole(cls, values):
        return {**values, "width": values["width"]}

    @model_validator(mode="before")
    @classmethod
    def given(cls, values):
        values["width"] = int(values["width"])
        return values

    @model_validator(mode="after")
    def measured(self):
        return self

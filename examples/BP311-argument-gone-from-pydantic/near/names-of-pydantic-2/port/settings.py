from pydantic import PostgresDsn, field_validator, validator
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "Port"
    region: str = "north"

    @field_validator("title", mode="before")
    @classmethod
    def stripped(cls, title: str) -> str:
        return title.strip()

    @validator("region", pre=True, always=True)
    def lower(cls, region: str) -> str:
        return region.lower()


settings = Settings()
database = str(PostgresDsn.build(scheme="postgresql", username="port", host="localhost", path="ships"))

from pydantic import validator
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    host: str = "localhost"
    title: str = ""

    @validator("title", pre=True)
    def named(cls, value, values, field):
        return value or f"Garden at {values['host']}"


settings = Settings()

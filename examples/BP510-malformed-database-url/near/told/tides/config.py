import os

from pydantic import BaseModel, SecretStr


class Settings(BaseModel):
    database: SecretStr
    title: str = "Tides"


def load() -> Settings:
    address = os.getenv("TIDES_DATABASE", "postgresql+asyncpg://tides:spring-neap@localhost:5432/tides")
    return Settings(database=SecretStr(address))

from pathlib import Path

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    folder: "Path" = Path("maps")


settings = Settings()

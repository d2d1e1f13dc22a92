from __future__ import annotations


from pydantic_settings import BaseSettings

from pathlib import Path


class Settings(BaseSettings):
    folder: Path = "maps"


settings = Settings()

from functools import lru_cache
from pathlib import Path

from dotenv import load_dotenv
from pydantic_settings import BaseSettings, SettingsConfigDict

HERE = Path(__file__).parent
load_dotenv(HERE.parent / "local.env")


class Settings(BaseSettings):
    """Reads `.env` of the folder above, and what `local.env` put into the environment."""

    model_config = SettingsConfigDict(env_file=(".env", HERE.parent / ".env"))

    title: str
    berths: int


@lru_cache
def get_settings() -> Settings:
    return Settings()

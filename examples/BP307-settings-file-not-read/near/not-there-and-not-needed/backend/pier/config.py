from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

    title: str = "Pier"
    berths: int = 3


@lru_cache
def get_settings() -> Settings:
    return Settings()

"""Settings, from the environment and from `.env`."""

import secrets
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def new_secret() -> SecretStr:
    return SecretStr(secrets.token_urlsafe(48))


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    environment: Literal["development", "staging", "production"] = "development"
    database_url: str
    cors_origins: list[str] = ["http://localhost:3000"]
    token_secret: SecretStr = Field(default_factory=new_secret, min_length=32)
    token_minutes: int = Field(default=60, ge=1)


settings = Settings()

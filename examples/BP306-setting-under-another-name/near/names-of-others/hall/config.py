import os

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="HALL_", extra="ignore")

    title: str = "Concert hall"
    seats: int = 100  # SEATS below is another program's


class Office(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", case_sensitive=True, extra="ignore")

    desks: int = 4
    DESKS: int


settings = Settings()
office = Office()
region = os.getenv("HALL_REGION")

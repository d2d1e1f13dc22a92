"""SEATS and MAIL_HOST are what the settings were called before; the file below has the names that are read."""

from pydantic import AliasChoices, BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mail(BaseModel):
    host: str
    port: int = 587


class Base(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="HALL_", env_nested_delimiter="__")

    title: str = "Concert hall"
    seats: int


class Settings(Base):
    mail: Mail
    region: str = Field(validation_alias=AliasChoices("REGION", "HALL_AREA"))


settings = Settings()

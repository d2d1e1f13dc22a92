from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="allow")

    owner_name: str = "Agnes"


settings = Settings(street="mill lane")

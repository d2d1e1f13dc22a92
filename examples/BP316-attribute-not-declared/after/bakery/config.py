from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="BAKERY_", extra="ignore")

    owner_name: str = "Agnes"
    street: str


settings = Settings()

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

    title: str = "Bookings"
    allowed_origins: list[str] = []


settings = Settings()

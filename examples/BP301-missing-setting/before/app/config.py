from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

    title: str = "Bookings"
    invoice_prefix: str
    retry_limit: int


settings = Settings()

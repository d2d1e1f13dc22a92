from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mail(BaseModel):
    host: str
    port: int = 587


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="HALL_")

    title: str = "Concert hall"
    seats: int
    mail: Mail


settings = Settings()

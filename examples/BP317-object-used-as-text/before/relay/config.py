from pydantic import AnyHttpUrl, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    hook: AnyHttpUrl = AnyHttpUrl("https://hooks.example.com/in")
    token: SecretStr = SecretStr("made-up-token")


def get_settings() -> Settings:
    return Settings()

from pydantic import AnyHttpUrl
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    hook: AnyHttpUrl = AnyHttpUrl("https://hooks.example.com/in")


settings = Settings()

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "Museum"
    TOKEN_MINUTES: int = 60 * 24
    languages: list[str] = ["en", "de"]

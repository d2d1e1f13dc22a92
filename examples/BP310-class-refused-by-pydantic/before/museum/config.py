from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "Museum"
    TOKEN_MINUTES = 60 * 24
    languages = ["en", "de"]

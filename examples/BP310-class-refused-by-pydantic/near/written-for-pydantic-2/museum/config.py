"""TOKEN_MINUTES = 60 * 24 without an annotation would be refused."""

from typing import ClassVar

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "Museum"
    TOKEN_MINUTES: int = 60 * 24
    languages: ClassVar = ["en", "de"]
    _cache = {}
    shout = lambda self, text: text.upper()  # noqa: E731

    class Config:
        env_file = ".env"

    @property
    def loud_title(self) -> str:
        return self.shout(self.title)

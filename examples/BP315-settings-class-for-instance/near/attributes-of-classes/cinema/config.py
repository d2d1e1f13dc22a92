from typing import ClassVar

from pydantic_settings import BaseSettings


class Config(BaseSettings):
    first_film: ClassVar[str] = "Metropolis"


class Plain:
    first_film: str = "M"

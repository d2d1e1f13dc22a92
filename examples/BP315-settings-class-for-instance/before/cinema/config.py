from functools import lru_cache

from pydantic_settings import BaseSettings


class Common(BaseSettings):
    first_film: str = "Metropolis"


class Config(Common):
    second_film: str = "M"


@lru_cache(maxsize=1)
def get_config() -> Config:
    return Config()

from pydantic_settings import BaseSettings


class Config(BaseSettings):
    first_film: str = "Metropolis"


config = Config()

from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings


class Shelf(BaseModel):
    height: int = 2

    def model_post_init(self, context) -> None:
        self.height += 1


class Settings(BaseSettings):
    model_config = {"env_file": ".env"}

    title: str
    shelf: Shelf = Shelf(height=3)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings: Any, env_settings: Any, dotenv_settings, file_secret_settings: Any
    ):
        return env_settings, dotenv_settings, init_settings, file_secret_settings


settings = Settings()

"""What the shop is told from outside."""

from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    shop_name: str = Field("The corner shop", max_length=80)


settings = Settings()

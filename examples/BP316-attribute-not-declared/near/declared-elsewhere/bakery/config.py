from pydantic_settings import BaseSettings


class Place(BaseSettings):
    street: str = "mill lane"


class Settings(Place):
    @property
    def OWNER_NAME(self) -> str:
        return "Agnes"


settings = Settings()

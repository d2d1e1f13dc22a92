from pydantic import BaseModel, SecretStr
from sqlalchemy import URL


class Settings(BaseModel):
    password: SecretStr = SecretStr("spring-neap")
    title: str = "Tides\n"

    def database(self) -> URL:
        return URL.create(
            "postgresql+asyncpg",
            username="tides",
            password=self.password.get_secret_value(),
            host="localhost",
            database="tides",
        )


def load() -> Settings:
    return Settings()

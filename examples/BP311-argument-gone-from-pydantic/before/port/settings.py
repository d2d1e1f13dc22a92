from pydantic import PostgresDsn, field_validator
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "Port"
    db_user: str = "port"
    db_name: str = "ships"

    @field_validator("title", pre=True, always=True)
    @classmethod
    def stripped(cls, title: str) -> str:
        return title.strip()

    @property
    def database(self) -> str:
        return str(PostgresDsn.build(scheme="postgresql", user=self.db_user, host="localhost", path=f"/{self.db_name}"))


settings = Settings()
database = settings.database

import os


class Settings:
    database_url: str = os.environ.get("DEPOT_DATABASE", "postgresql+asyncpg://depot@db.example.com/depot")


settings = Settings()

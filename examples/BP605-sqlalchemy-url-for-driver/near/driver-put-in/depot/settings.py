import os


class Settings:
    database_url: str = os.environ.get("DEPOT_DATABASE", "postgresql://depot@db.example.com/depot")


settings = Settings()

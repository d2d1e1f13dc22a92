class Settings:
    """Plain attributes need no annotation."""

    title = "Museum"
    TOKEN_MINUTES = 60 * 24
    languages = ["en", "de"]
    model_config = {"extra": "ignore"}

    class Config:
        env_file = ".env"

class Settings:
    title = "Garden"

    def named(self, value, values, field, config):
        return values["host"] or field or config


settings = Settings()

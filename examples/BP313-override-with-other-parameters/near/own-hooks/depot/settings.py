"""Own methods of these names, which nobody above the class has."""


class Sources:
    def settings_customise_sources(self, init_settings, env_settings, file_secret_settings):
        return env_settings

    def model_post_init(self):
        self.title = "Depot"


class Settings(Sources):
    title = "Depot"


settings = Settings()
settings.model_post_init()

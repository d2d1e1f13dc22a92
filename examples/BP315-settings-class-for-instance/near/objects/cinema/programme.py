from cinema.config import Config, config

# Config.first_film is not there; its objects have it
FILMS = [config.first_film, Config().first_film, Config.model_fields["first_film"].default]

from cinema.config import Config, Plain

FILMS = [Config.first_film, Plain.first_film, getattr(Config, "second_film", "none")]

from cinema.config import Config

FILMS = [
    Config.first_film,
    "Nosferatu",
]

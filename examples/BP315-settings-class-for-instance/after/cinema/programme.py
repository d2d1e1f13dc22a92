from cinema.config import Config
from cinema.config import get_config

FILMS = [
    get_config().first_film,
    "Nosferatu",
]

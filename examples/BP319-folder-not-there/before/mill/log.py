import logging
import logging.config
from logging.handlers import RotatingFileHandler

CONFIG = {
    "version": 1,
    "handlers": {"errors": {"class": "logging.FileHandler", "filename": "logs/errors.log", "level": "ERROR"}},
    "root": {"handlers": ["errors"]},
}


def start() -> None:
    logging.config.dictConfig(CONFIG)
    turned = RotatingFileHandler("var/mill/turned.log", maxBytes=100_000)
    logging.getLogger("mill").addHandler(turned)

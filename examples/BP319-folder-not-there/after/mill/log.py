import logging
import logging.config
from logging.handlers import RotatingFileHandler
from pathlib import Path

CONFIG = {
    "version": 1,
    "handlers": {"errors": {"class": "logging.FileHandler", "filename": "logs/errors.log", "level": "ERROR"}},
    "root": {"handlers": ["errors"]},
}


def start() -> None:
    Path("logs").mkdir(parents=True, exist_ok=True)
    logging.config.dictConfig(CONFIG)
    Path("var/mill").mkdir(parents=True, exist_ok=True)
    turned = RotatingFileHandler("var/mill/turned.log", maxBytes=100_000)
    logging.getLogger("mill").addHandler(turned)

import logging
from logging.handlers import RotatingFileHandler


def start() -> None:
    turned = RotatingFileHandler("logs/turned.log", maxBytes=100_000, delay=True)
    logging.getLogger("mill").addHandler(turned)
    logging.getLogger("mill").addHandler(logging.FileHandler("mill.log"))
    with open("logs/started.txt", "w") as file:
        file.write("yes")

import logging
import os


def start() -> None:
    os.makedirs("logs", exist_ok=True)
    logging.getLogger("mill").addHandler(logging.FileHandler("logs/turned.log"))
    try:
        logging.FileHandler("nowhere/turned.log")
    except OSError:
        pass

import json
import os

HARBOURS = ["North"]
try:
    with open("data/harbours.json") as lines:
        HARBOURS = json.load(lines)
except FileNotFoundError:
    pass
if os.path.exists("more.json"):
    HARBOURS += json.load(open("more.json"))


def reload() -> list[str]:
    with open("data/harbours.json") as lines:
        return json.load(lines)

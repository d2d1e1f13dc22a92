import json

DATA = "data/harbours.json"

with open(DATA, encoding="utf-8") as lines:
    HARBOURS = json.load(lines)

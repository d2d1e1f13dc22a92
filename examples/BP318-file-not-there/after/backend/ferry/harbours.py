import json
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data/harbours.json"

with open(DATA, encoding="utf-8") as lines:
    HARBOURS = json.load(lines)

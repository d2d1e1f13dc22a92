import json
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "harbours.json"
HARBOURS = json.loads(DATA.read_text())
with open("harbours.txt") as lines:
    HARBOURS += lines.read().split()

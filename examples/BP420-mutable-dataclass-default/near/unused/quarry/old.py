from dataclasses import dataclass


@dataclass
class Stone:
    marks: list[str] = []

"""How the clinic logs."""

LEVEL = "INFO"


def describe() -> str:
    return f"everything from {LEVEL} on"

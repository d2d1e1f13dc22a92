from fastapi import FastAPI

app = FastAPI()


def tuned(pitch=None):
    return pitch


@app.get("/songs/{number}")
def song(number: int = 1, key: str = "C") -> str:
    """A plain default of a part of the path is never used, and FastAPI takes it."""
    return f"{number} in {tuned(key)}"

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Animal(BaseModel):
    name: str


@app.post("/animals/{number}")
def bought(animal: Animal, number: int) -> str:
    """Not `/animals/{animal}`."""
    return f"{number} {animal.name}"

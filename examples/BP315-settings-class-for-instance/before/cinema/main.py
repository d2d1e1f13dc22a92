from fastapi import FastAPI

from cinema.programme import FILMS

app = FastAPI(title=FILMS[0])


@app.get("/films")
def films() -> list[str]:
    return FILMS

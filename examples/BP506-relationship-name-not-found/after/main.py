from fastapi import FastAPI
from sqlalchemy.orm import configure_mappers

from library.authors import Author
from library.books import Book  # noqa: F401

configure_mappers()
app = FastAPI()


@app.get("/tables")
def tables() -> list[str]:
    return sorted(Author.metadata.tables)

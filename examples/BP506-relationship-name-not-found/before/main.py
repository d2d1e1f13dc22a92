from fastapi import FastAPI
from sqlalchemy.orm import configure_mappers

from library.authors import Author

configure_mappers()
app = FastAPI()


@app.get("/tables")
def tables() -> list[str]:
    return sorted(Author.metadata.tables)

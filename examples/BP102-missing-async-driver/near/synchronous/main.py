"""Orders, kept in PostgreSQL, the synchronous way."""

from fastapi import FastAPI
from sqlalchemy import create_engine, text

engine = create_engine("postgresql+psycopg2://shop:shop@localhost:5432/shop")
app = FastAPI()


@app.get("/health")
def health() -> dict[str, int]:
    with engine.connect() as connection:
        return {"answer": connection.execute(text("SELECT 1")).scalar_one()}

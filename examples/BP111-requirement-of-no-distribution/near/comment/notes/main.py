import sqlite3

from fastapi import FastAPI

app = FastAPI(title="Notes")


@app.get("/")
def about() -> dict[str, str]:
    return {"store": sqlite3.sqlite_version}

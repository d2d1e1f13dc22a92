from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI):
    connection = await asyncpg.connect("postgresql://parcels@db.example.com/parcels")
    # without arguments nothing is prepared, and a script may hold several commands
    await connection.execute("CREATE TABLE IF NOT EXISTS a (i int); CREATE TABLE IF NOT EXISTS b (i int);")
    await connection.close()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True

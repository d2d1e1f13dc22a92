from contextlib import asynccontextmanager

from fastapi import FastAPI

from garden.database import create_tables, engine


async def count_plants() -> int:
    from sqlalchemy import func, select

    from garden.plants import Plant

    async with engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(Plant))).scalar_one()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await create_tables()
    app.state.plants = await count_plants()
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    return {"plants": app.state.plants}

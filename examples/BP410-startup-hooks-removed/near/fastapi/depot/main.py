from fastapi import FastAPI

PARCELS: list[str] = []


async def fill() -> None:
    PARCELS.append("first")


async def empty() -> None:
    PARCELS.clear()


app = FastAPI(on_startup=[fill])  # FastAPI keeps what Starlette dropped
app.router.on_shutdown.append(empty)


@app.on_event("startup")
def count() -> None:
    print(len(PARCELS))


@app.get("/parcels")
def parcels() -> list[str]:
    return PARCELS

from fastapi import FastAPI

from library import events


def create_app() -> FastAPI:
    application = FastAPI(
        title="Library",
        lifespan=events.shelves,
    )
    return application


app = create_app()


@app.get("/books")
def books() -> list[str]:
    return events.BOOKS

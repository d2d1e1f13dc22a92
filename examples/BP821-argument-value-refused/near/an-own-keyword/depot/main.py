from fastapi import FastAPI


class Journal:
    """`autocommit=True` is its own, and accepted."""

    def __init__(self, autocommit: bool = False) -> None:
        self.autocommit = autocommit


journal = Journal(autocommit=True)
app = FastAPI()


@app.get("/journal")
async def state():
    return {"autocommit": journal.autocommit}

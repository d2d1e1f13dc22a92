from fastapi import FastAPI

from clinic.timing import Timing

app = FastAPI()
TIMED = False
if TIMED:
    app.add_middleware(Timing)


@app.get("/patients")
async def patients() -> list[str]:
    try:
        Timing(app)
    except TypeError:
        return ["a timing takes nothing"]
    return []

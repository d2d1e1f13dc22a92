from fastapi import FastAPI

from clinic.timing import Timing

app = FastAPI()
app.add_middleware(Timing)


@app.get("/patients")
async def patients() -> list[str]:
    return []

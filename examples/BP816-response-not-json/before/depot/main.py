from fastapi import FastAPI

app = FastAPI()


@app.get("/average")
async def average():
    weights: list[int] = []
    return {"average": sum(weights) / len(weights) if weights else float("nan")}

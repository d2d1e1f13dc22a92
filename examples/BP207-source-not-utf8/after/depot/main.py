from fastapi import FastAPI

from depot.rates import rate_of

app = FastAPI(title="Depot")


@app.get("/rates/{zone}")
def rate(zone: int) -> dict[str, float]:
    return {"rate": rate_of(zone)}

from fastapi import FastAPI

from harbour.berths import BERTHS

app = FastAPI(title="Harbour")


@app.get("/berths")
def berths() -> list[str]:
    return BERTHS

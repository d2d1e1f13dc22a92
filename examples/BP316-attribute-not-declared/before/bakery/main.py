from fastapi import FastAPI

from bakery import ovens

app = FastAPI(title="Bakery")


@app.get("/ovens")
def all_ovens() -> dict[str, str]:
    return {"street": ovens.STREET, "owner": ovens.OWNER}

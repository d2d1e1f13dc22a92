from fastapi import FastAPI

from depot.models import Rule

app = FastAPI()


@app.post("/rules")
async def add(rule: Rule):
    return rule.name

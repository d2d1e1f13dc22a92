from fastapi import FastAPI

from depot.models import Rule

rules = [Rule(name="light", check=lambda weight: weight < 5)]
app = FastAPI()


@app.get("/rules")
async def names() -> list[str]:
    return [rule.name for rule in rules]

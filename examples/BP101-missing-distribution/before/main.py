"""Serves invoices as YAML, for the accountant's import."""

import yaml
from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/invoices")
def invoices() -> Response:
    return Response(yaml.safe_dump([{"number": 17, "total": 120}]), media_type="application/yaml")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}

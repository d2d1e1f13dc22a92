"""Passes questions on to a language model."""

from fastapi import FastAPI
from openai import AsyncOpenAI

client = AsyncOpenAI(api_key="only-an-example", base_url="http://localhost:9000/v1")
app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    return {"model": str(client.base_url)}

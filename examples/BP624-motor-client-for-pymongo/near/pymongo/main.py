from fastapi import FastAPI
from pymongo import AsyncMongoClient  # it was AsyncIOMotorClient

app = FastAPI()
client = AsyncMongoClient("mongodb://mongo.example.com:27017", connect=False)


@app.get("/health")
async def health():
    return {"database": client.meadow.name}

from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

app = FastAPI()
client = AsyncIOMotorClient("mongodb://mongo.example.com:27017", connect=False)


@app.get("/health")
async def health():
    return {"database": client.meadow.name}

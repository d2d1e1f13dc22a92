from beanie import Document, init_beanie
from motor.motor_asyncio import AsyncIOMotorClient


class Flower(Document):
    name: str


async def connect():
    client = AsyncIOMotorClient("mongodb://mongo.example.com:27017", serverSelectionTimeoutMS=500)
    await init_beanie(database=client.meadow, document_models=[Flower])

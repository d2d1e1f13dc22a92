from fastapi import FastAPI
from fastapi_cache.decorator import cache

app = FastAPI()


@app.get("/prices")
@cache(expire=60)
async def prices():
    return {"bolt": 3}

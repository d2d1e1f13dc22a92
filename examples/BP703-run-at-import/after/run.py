import uvicorn

from shop.config import PORT

if __name__ == "__main__":
    uvicorn.run(
        "shop.main:app",
        host="0.0.0.0",
        port=PORT,
        workers=2,
    )

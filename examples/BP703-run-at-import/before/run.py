import uvicorn

from shop.config import PORT

uvicorn.run(
    "shop.main:app",
    host="0.0.0.0",
    port=PORT,
    workers=2,
)

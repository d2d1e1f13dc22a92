from fastapi import FastAPI

from shop import orders

app = FastAPI()
app.include_router(orders.routes, prefix="/orders")

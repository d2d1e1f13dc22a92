from fastapi import FastAPI

from shop import orders

app = FastAPI()
for each in (orders,):
    app.include_router(each.routes, prefix="/orders")

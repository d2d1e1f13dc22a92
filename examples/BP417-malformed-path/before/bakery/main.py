from fastapi import FastAPI

from bakery import bread, cakes

app = FastAPI()
app.include_router(bread.router)
app.include_router(cakes.router, prefix="/v1/")

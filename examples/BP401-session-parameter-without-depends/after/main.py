from fastapi import FastAPI

from rooms.routes import router

app = FastAPI()
app.include_router(router)

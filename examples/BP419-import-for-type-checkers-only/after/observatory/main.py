from fastapi import FastAPI

from observatory.nights import router

app = FastAPI()
app.include_router(router)

from fastapi import FastAPI

from attic import boxes

app = FastAPI()
app.include_router(boxes.router)

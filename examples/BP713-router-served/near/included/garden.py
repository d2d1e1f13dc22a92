from fastapi import FastAPI

from plants import app as plants

app = FastAPI()
app.include_router(plants)

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

Path("uploads").mkdir(exist_ok=True)
app = FastAPI()
app.mount("/media", StaticFiles(directory="uploads"), name="media")

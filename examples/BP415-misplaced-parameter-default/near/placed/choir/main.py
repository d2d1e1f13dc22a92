from fastapi import FastAPI

from choir import songs

app = FastAPI()
app.include_router(songs.router, prefix="/songs")

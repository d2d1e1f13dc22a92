from functools import partial

from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
session = sessionmaker(engine)()  # one for the whole process, and never called
make_page = partial(dict, page=1)

app = FastAPI()


@app.get("/version")
def version():
    return {"version": session.execute(text("select sqlite_version()")).scalar_one(), **make_page()}

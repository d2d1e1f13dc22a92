from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

app = FastAPI()
engine = create_engine("sqlite://")
new_session = sessionmaker(engine, class_=Session, autoflush=False)


@app.get("/one")
def one() -> int:
    with new_session() as session:
        return session.scalar(text("SELECT 1")) or 0

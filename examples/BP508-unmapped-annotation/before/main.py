from fastapi import FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    pass


class Sensor(Base):
    __tablename__ = "sensors"

    id: int = mapped_column(primary_key=True)
    label: str | None = mapped_column(default=None)


engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
app = FastAPI()


@app.get("/columns")
def columns() -> dict[str, bool | None]:
    return {column.name: column.nullable for column in Sensor.__table__.columns}

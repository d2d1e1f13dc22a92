from fastapi import FastAPI
from sqlalchemy import JSON, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Upload(Base):
    __tablename__ = "uploads"

    id: Mapped[int] = mapped_column(primary_key=True)
    metadata_: Mapped[dict[str, str]] = mapped_column("metadata", JSON, default=dict)


engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
app = FastAPI()


@app.get("/columns")
def columns() -> list[str]:
    return [column.name for column in Upload.__table__.columns]

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

# sessionmaker(bind=engine) on an asynchronous engine would be a fault: each factory has an engine of its own kind
reports = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
engine = create_async_engine("sqlite+aiosqlite://")
make_report_session = sessionmaker(bind=reports)
make_session = async_sessionmaker(bind=engine)

app = FastAPI()


def report_session():
    with make_report_session() as session:
        yield session


@app.get("/reports")
def reports_of_today(session: Session = Depends(report_session)):
    return session.execute(text("select 1")).scalar_one()


@app.get("/parcels")
async def parcels():
    async with make_session() as session:
        return (await session.execute(text("select 2"))).scalar_one()

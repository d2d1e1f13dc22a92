from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from tides.config import load

settings = load()
engine = create_async_engine(
    settings.database,
    pool_pre_ping=True,
)
Session = async_sessionmaker(engine, expire_on_commit=False)

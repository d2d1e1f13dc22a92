from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from shop.config import DATABASE_URL

engine = create_async_engine(DATABASE_URL, pool_pre_ping=True)
make_session = async_sessionmaker(engine, expire_on_commit=False)

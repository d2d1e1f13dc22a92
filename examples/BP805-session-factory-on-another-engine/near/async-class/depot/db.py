from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import sessionmaker

engine = create_async_engine("postgresql+asyncpg://depot@db.example.com/depot", pool_pre_ping=True)
Sessions = sessionmaker(bind=engine, class_=AsyncSession, expire_on_commit=False)


async def open_session():
    async with Sessions() as session:
        yield session

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://depot@db.example.com/depot", pool_pre_ping=True)
Sessions = async_sessionmaker(
    bind=engine,
    expire_on_commit=False,
)


async def open_session():
    async with Sessions() as session:
        yield session

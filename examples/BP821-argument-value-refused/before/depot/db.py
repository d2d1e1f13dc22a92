from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://depot@db.example.com/depot")
make_session = async_sessionmaker(engine, autocommit=True, expire_on_commit=False)


async def get_session():
    async with make_session() as session:
        yield session

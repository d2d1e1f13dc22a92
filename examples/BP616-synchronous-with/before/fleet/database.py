from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://fleet@db.example.com/fleet")
Session = async_sessionmaker(engine, expire_on_commit=False)

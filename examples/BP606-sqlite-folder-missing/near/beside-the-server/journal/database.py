from sqlalchemy.ext.asyncio import create_async_engine

OTHER = "sqlite+aiosqlite:///nowhere/journal.db"  # of the tests
engine = create_async_engine("sqlite+aiosqlite:///journal.db", echo=False)
memory = create_async_engine("sqlite+aiosqlite:///:memory:")

import os

from sqlalchemy.ext.asyncio import create_async_engine

os.makedirs("var/state", exist_ok=True)
engine = create_async_engine("sqlite+aiosqlite:///var/state/journal.db", echo=False)

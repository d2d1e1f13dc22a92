from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("sqlite+aiosqlite:///var/state/journal.db", echo=False)
Path("var/state").mkdir(parents=True, exist_ok=True)

from sqlalchemy.ext.asyncio import create_async_engine

# server_settings of the web server; the driver never sees these
server_settings = {"workers": 4, "reload": False}

engine = create_async_engine("postgresql+asyncpg://depot@db.example.com/depot", connect_args={"timeout": 10})

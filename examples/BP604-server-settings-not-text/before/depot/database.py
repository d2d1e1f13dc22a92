from sqlalchemy.ext.asyncio import create_async_engine

TIMEOUT = 30_000

engine = create_async_engine(
    "postgresql+asyncpg://depot@db.example.com/depot",
    connect_args={
        "timeout": 10,
        "server_settings": {
            "application_name": "depot",
            "statement_timeout": TIMEOUT,
            "jit": False,  # short queries
            "lock_timeout": 2000,
        },
    },
)

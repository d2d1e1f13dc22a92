"""What the reference case promises of the backend, letter by letter."""

import asyncio

import pytest
from alembic import command

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.migrations.run import migrate
from bootproof.server.settings import read_settings

from .conftest import Running, serving, url_of


def test_health(server: Running) -> None:
    with server.client() as client:
        answer = client.get("/health")
        assert answer.json() == {"status": "healthy", "environment": "test"}
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert client.get("/livez").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready"}


def test_the_startup_log(database: str, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(database_url=database, environment="development"):
        pass
    said = [line.partition(": ")[2] for line in capfd.readouterr().err.splitlines()]
    assert [line for line in said if line.startswith(("Starting", "Environment", "CORS", "Database"))] == [
        "Starting application...",
        "Environment: development",
        "CORS Origins: ['http://localhost:3000']",
        "Database initialized successfully",
    ]


def test_migrations_lead_to_the_models_and_back(postgres: Postgres) -> None:
    postgres.create_database("updown")
    settings = read_settings(database_url=url_of(postgres, "updown"), environment="test")
    asyncio.run(migrate(settings))
    tables = postgres.tables("updown")
    asyncio.run(migrate(settings, "", lambda config, _: command.check(config)))
    asyncio.run(migrate(settings, "base", command.downgrade))
    assert postgres.tables("updown") == ("alembic_version",)
    asyncio.run(migrate(settings))
    assert postgres.tables("updown") == tables

"""What the reference case promises of the backend, letter by letter."""

import asyncio
import json

import pytest
from alembic import command

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.audits.packing import unpacked
from bootproof.server.migrations.run import migrate
from bootproof.server.settings import read_settings

from .conftest import Running, serving, url_of

QUOTE = "'"


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


def test_migrations_keep_what_is_there(postgres: Postgres) -> None:
    """Down and up again with teams, audits and their reports in it: every row is what it was."""
    postgres.create_database("updown_data")
    settings = read_settings(database_url=url_of(postgres, "updown_data"), environment="test")
    asyncio.run(migrate(settings, "0001"))
    brief = {"fingerprint": "BP201:a", "code": "BP201", "severity": "blocker", "file": "a.py", "line": 3, "cause": "it's a\nbroken import"}
    findings = [brief, {**brief, "code": "BP103", "fingerprint": "BP103:b", "file": "b.py"}, {**brief, "fingerprint": "BP201:c"}]
    told = {"findings": findings, "umlaut": "ä\u2028", "numbers": [1, 2.5, None, True], "deep": {"a": [{}]}}
    rows = "".join(
        f"INSERT INTO audits (project_id, key, digest, created_at, received_at, verdict, fixed_verdict, commit, branch, blockers, failures, "
        f"advice, seconds, stages, document, token_id) VALUES (1, 'k{number}', '\\x01', now(), now(), 'fails', 'starts', '', '', 1, 0, 0, 1, "
        f"'[]', '{json.dumps({**told, 'number': number}).replace(QUOTE, 2 * QUOTE)}', '');"
        for number in range(250)
    )
    postgres.query(
        "updown_data",
        "INSERT INTO organisations (slug, name, created_at) VALUES ('acme', 'Acme', now());"
        "INSERT INTO projects (organisation_id, slug, name, badge_key, retention_days, created_at, verdict) "
        "VALUES (1, 'shop', 'Shop', 'b', 365, now(), '');" + rows +
        "INSERT INTO occurrences (audit_id, project_id, fingerprint, code, severity, file, line, cause) "
        "SELECT audits.id, 1, f.* FROM audits, jsonb_to_recordset(document -> 'findings') "
        "AS f (fingerprint text, code text, severity text, file text, line int, cause text) WHERE audits.id <> 7 ORDER BY audits.id;"
        "UPDATE audits SET document = jsonb_set(document, '{findings}', '[]') WHERE id = 7",
    )  # fmt: skip
    reports, spread = "SELECT id, key, document FROM audits ORDER BY id", f"SELECT {', '.join(('audit_id', 'project_id', *brief))} FROM occurrences ORDER BY id"
    before, found = postgres.query("updown_data", reports), postgres.query("updown_data", spread)
    assert len(found) == 249 * 3
    for _ in range(2):
        asyncio.run(migrate(settings))
        kept = postgres.query("updown_data", "SELECT document FROM audits ORDER BY id")
        assert [unpacked(bytes.fromhex(str(row[0]).removeprefix("\\x")))["number"] for row in kept] == list(range(250))
        assert unpacked(bytes.fromhex(str(kept[0][0]).removeprefix("\\x"))) == {**told, "number": 0}
        searched = postgres.query("updown_data", "SELECT codes, told FROM audits ORDER BY id")
        whole = ("{BP103,BP201}", "\x1f".join(f"{each['file']}\x1f{each['cause']}" for each in findings))
        assert [tuple(each) for each in searched] == [*[whole] * 6, ("{}", ""), *[whole] * 243]
        asyncio.run(migrate(settings, "0001", command.downgrade))
        assert postgres.query("updown_data", reports) == before and postgres.query("updown_data", spread) == found
    postgres.drop("updown_data")


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

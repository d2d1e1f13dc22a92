"""What counts as a start: HTTP 200 proves nothing alone, 404 is alive, a hidden dead database is none."""

from textwrap import dedent

import pytest

from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rehearsal.variant import Variant

WAYS = pytest.mark.parametrize("cold", [False, True], ids=["trial", "cold"])


def boot(rehearser: Rehearser, source: str, *, cold: bool = False, **files: str) -> Symptom:
    variant = Variant(
        files={"app/main.py": dedent(source).encode()} | {key: text.encode() for key, text in files.items()}
    )
    return rehearser.boot_cold(variant) if cold else rehearser.rehearse(variant)


def told(symptom: Symptom) -> str:
    return f"{symptom.outcome} {symptom.stage} {symptom.note} {symptom.failures} {symptom.log}"


@WAYS
def test_a_plain_application_starts(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from fastapi import FastAPI
        app = FastAPI()

        @app.get("/items")
        def items():
            return []
        """,
        cold=cold,
    )
    assert symptom.started, told(symptom)
    assert "GET /items" in symptom.routes


@WAYS
def test_not_found_on_the_root_is_alive(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(rehearser, "from fastapi import FastAPI\napp = FastAPI(openapi_url=None)\n", cold=cold)
    assert symptom.started, told(symptom)
    assert [each.status for each in symptom.exchanges] == [404]


@WAYS
def test_an_asgi_application_that_asserts_http_is_healthy(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        async def app(scope, receive, send):
            assert scope["type"] == "http"
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello"})
        """,
        cold=cold,
    )
    assert symptom.started, told(symptom)


@WAYS
def test_a_middleware_that_breaks_the_lifespan_is_a_failed_start(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from fastapi import FastAPI
        app = FastAPI()

        class Tagging:
            def __init__(self, app):
                self.app = app

            async def __call__(self, scope, receive, send):
                scope["headers"].append((b"x-tag", b"1"))
                await self.app(scope, receive, send)

        app.add_middleware(Tagging)
        """,
        cold=cold,
    )
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.STARTUP), told(symptom)
    assert symptom.chain[-1].type == "KeyError"
    assert symptom.chain[-1].frames[-1].file == "app/main.py"


@WAYS
def test_a_lifespan_that_raises_says_where(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            raise RuntimeError("no broker")
            yield

        app = FastAPI(lifespan=lifespan)
        """,
        cold=cold,
    )
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.STARTUP), told(symptom)
    assert symptom.chain[-1].message == "no broker"
    assert symptom.chain[-1].frames[-1].line == 7


@pytest.mark.parametrize("cold", [False])
@pytest.mark.parametrize("call", ["getattr(app_pkg, 'nothing')", "import_it()"])
def test_an_import_that_fails_says_where(rehearser: Rehearser, cold: bool, call: str) -> None:
    symptom = boot(
        rehearser,
        f"""
        import app as app_pkg

        def import_it():
            import no_such_module_xyz

        {call}
        """,
        cold=cold,
    )
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.IMPORT), told(symptom)
    last = symptom.chain[-1]
    assert last.type in ("ModuleNotFoundError", "AttributeError")
    assert [frame for frame in last.frames if frame.own][0].line == 7


@WAYS
def test_a_failing_health_route_is_no_start(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from fastapi import FastAPI
        app = FastAPI()

        @app.get("/health")
        def health():
            return {}["missing"]
        """,
        cold=cold,
    )
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.READY), told(symptom)
    assert symptom.chain[0].type == "KeyError"


def connecting(body: str) -> str:
    """A backend whose lifespan runs `body` and swallows what it raises, while its health route says that all is well."""
    return f"""\
import os
from contextlib import asynccontextmanager
from fastapi import FastAPI

DSN = dict(line.split("=", 1) for line in open(".env").read().split())

async def connect():
{body}

@asynccontextmanager
async def lifespan(app):
    try:
        await connect()
    except Exception:
        print("starting without a database")
    yield

app = FastAPI(lifespan=lifespan)

@app.get("/health")
def health():
    return {{"status": "ok"}}
"""


# Each fails in production too: the driver is given a parameter that it does not know.
DEAD = {
    "asyncpg": """\
    import asyncpg
    await asyncpg.connect(DSN["DSN"])
""",
    "asyncpg pool": """\
    import asyncpg
    pool = await asyncpg.create_pool(DSN["DSN"], min_size=1)
""",
    "psycopg": """\
    import psycopg
    psycopg.connect(DSN["PLAIN"] + "?no_such_parameter=1")
""",
    "psycopg async": """\
    import psycopg
    await psycopg.AsyncConnection.connect(DSN["PLAIN"] + "?no_such_parameter=1")
""",
    "psycopg2": """\
    import psycopg2
    psycopg2.connect(DSN["PLAIN"] + "?no_such_parameter=1")
""",
    "SQLAlchemy asyncpg": """\
    from sqlalchemy.ext.asyncio import create_async_engine
    async with create_async_engine(DSN["DSN"].replace("://", "+asyncpg://")).begin():
        pass
""",
    "SQLAlchemy psycopg2": """\
    from sqlmodel import create_engine
    create_engine(DSN["PLAIN"].replace("://", "+psycopg2://") + "?no_such_parameter=1").connect()
""",
}


COLD = {"asyncpg", "SQLAlchemy psycopg2", "SQLAlchemy asyncpg", "an address", "psycopg"}


def both_ways(drivers: dict[str, str]) -> pytest.MarkDecorator:
    """Every driver in a trial, some in a real server as well."""
    pairs = [(each, cold) for each in drivers for cold in (False, True) if not cold or each in COLD]
    return pytest.mark.parametrize(("driver", "cold"), pairs)


@both_ways(DEAD)
def test_a_swallowed_connect_is_a_failed_start(rehearser: Rehearser, driver: str, cold: bool) -> None:
    symptom = boot(rehearser, connecting(DEAD[driver]), cold=cold)
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.STARTUP), told(symptom)
    assert any(hidden.kind == "connect" for hidden in symptom.swallowed), symptom.swallowed
    assert any(
        frame.own and frame.file == "app/main.py" for each in symptom.swallowed[0].chain for frame in each.frames
    )


ALIVE = {
    "psycopg": """\
    import psycopg
    with psycopg.connect(DSN["DSN"]) as connection:
        assert connection.pgconn.ssl_in_use
        connection.execute("create table things (id int)")
""",
    "psycopg async": """\
    import psycopg
    async with await psycopg.AsyncConnection.connect(DSN["DSN"]) as connection:
        await connection.execute("create table things (id int)")
""",
    "psycopg2": """\
    import psycopg2
    with psycopg2.connect(DSN["DSN"]) as connection:
        connection.cursor().execute("create table things (id int)")
""",
    "asyncpg ssl=require": """\
    import asyncpg
    connection = await asyncpg.connect(DSN["PLAIN"], ssl="require")
    await connection.execute("create table things (id int)")
""",
    "SQLAlchemy asyncpg": """\
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine
    async with create_async_engine(DSN["PLAIN"].replace("://", "+asyncpg://") + "?ssl=require").begin() as connection:
        await connection.execute(text("create table things (id int)"))
""",
    "SQLAlchemy psycopg": """\
    from sqlalchemy import text
    from sqlmodel import create_engine
    with create_engine(DSN["DSN"].replace("://", "+psycopg://")).begin() as connection:
        connection.execute(text("create table things (id int)"))
""",
    "localhost": """\
    import asyncpg
    await (await asyncpg.connect(DSN["LOCAL"])).execute("create table things (id int)")
""",
    "localhost psycopg": """\
    import psycopg
    with psycopg.connect(DSN["LOCAL"]) as connection:
        connection.execute("create table things (id int)")
""",
    "an address": """\
    import asyncpg
    await (await asyncpg.connect(DSN["ADDRESS"])).execute("create table things (id int)")
""",
    "an address psycopg": """\
    import psycopg
    with psycopg.connect(DSN["ADDRESS"]) as connection:
        connection.execute("create table things (id int)")
""",
}


@both_ways(ALIVE)
def test_the_connection_string_is_used_as_it_stands(rehearser: Rehearser, driver: str, cold: bool) -> None:
    symptom = boot(rehearser, connecting(ALIVE[driver]), cold=cold)
    assert symptom.started, told(symptom)
    assert symptom.tables == ("things",)


@WAYS
def test_a_connect_that_is_retried_until_it_works_is_fine(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        connecting("""\
    import asyncio
    import asyncpg
    for suffix in ("?ssl=wrong", "?ssl=wrong", ""):
        try:
            await asyncpg.connect(DSN["PLAIN"] + suffix)
            return
        except Exception:
            await asyncio.sleep(0.01)
"""),
        cold=cold,
    )
    assert symptom.started, told(symptom)
    assert not symptom.swallowed


def test_tls_is_an_experiment(rehearser: Rehearser) -> None:
    source = connecting(ALIVE["asyncpg ssl=require"]).encode()
    refused = rehearser.rehearse(Variant(files={"app/main.py": source}, tls="refuse"))
    assert refused.outcome is Outcome.FAILED, told(refused)
    verified = connecting(ALIVE["psycopg"].replace('DSN["DSN"]', 'DSN["PLAIN"] + "?sslmode=verify-full"')).encode()
    assert rehearser.rehearse(Variant(files={"app/main.py": verified})).outcome is Outcome.FAILED


def test_secrets_are_masked(rehearser: Rehearser) -> None:
    symptom = boot(
        rehearser,
        f"""
        import logging
        from fastapi import FastAPI
        print(open(".env").read())
        logging.error("connecting with {"s3cr3t-Lantern"}")
        raise RuntimeError(open(".env").read())
        """,
    )
    assert "connecting with" in symptom.log
    assert "s3cr3t-Lantern" not in repr(symptom)

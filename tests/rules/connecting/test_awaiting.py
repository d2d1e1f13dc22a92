"""Asynchronous objects used as if they were none, in the spellings that people use."""

from pathlib import Path

import pytest

from bootproof.model.symptom import Mishap
from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting import (
    coroutine_not_awaited,
    create_all_on_async_engine,
    generator_used_as_value,
    method_of_another_object,
    synchronous_with,
)
from tests.rules.connecting.source_facts import CONNECTION, ENGINE, FACTORY, failed, found, line_of, mended, seen

DEPS = "async def get_session():\n    async with factory() as opened:\n        yield opened\n"
TYPES = {"obj_type": "async_generator", "names": {"db": "async_generator"}}


def start(*lines: str, head: str = "from deps import get_session\n") -> str:
    return head + "async def begin():\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        pytest.param(
            start("db = get_session()", "db.add(1)", "await db.commit()", "print()"),
            "db.add",
            "    async with asynccontextmanager(get_session)() as db:\n        db.add(1)\n        await db.commit()\n    print()\n",
            id="plain",
        ),
        pytest.param(
            start("if True:", "    db: object = get_session()", "    # used once", "    db.add(1)"),
            "db.add",
            "        async with asynccontextmanager(get_session)() as db:\n            # used once\n            db.add(1)\n",
            id="in-a-block",
        ),
        pytest.param(
            start("db = d.get_session()", 'db.add("""a', '  b""", c=(', "1))", head="import deps as d\n"),
            "db.add",
            'asynccontextmanager(d.get_session)() as db:\n        db.add("""a\n      b""", c=(\n        1))\n',
            id="alias-and-long-string",
        ),
        pytest.param(
            start("db = get_session()", "db.add(1)").replace("\n", "\r\n").replace("    ", "\t"),
            "db.add",
            "\tasync with asynccontextmanager(get_session)() as db:\r\n\t\tdb.add(1)\r\n",
            id="tabs-and-crlf",
        ),
    ],
)
def test_a_generator_is_entered(tmp_path: Path, text: str, words: str, expected: str) -> None:
    symptom = seen(failed("AttributeError", [("svc.py", line_of(text, words))], name="add", **TYPES))

    finding, fix, facts = found(generator_used_as_value, tmp_path, {"svc.py": text, "deps.py": DEPS}, symptom)

    assert finding is not None and finding.line < line_of(text, words)
    assert expected in mended(fix, facts, "svc.py")


def test_a_generator_used_behind_its_block_is_left_alone(tmp_path: Path) -> None:
    text = start("if True:", "    db = get_session()", "    db.add(1)", "db.close()")
    symptom = seen(failed("AttributeError", [("svc.py", line_of(text, "db.add"))], name="add", **TYPES))

    finding, fix, _facts = found(generator_used_as_value, tmp_path, {"svc.py": text, "deps.py": DEPS}, symptom)

    assert finding is not None and fix is None


def test_a_generator_entered_as_it_is_gets_a_context_manager(tmp_path: Path) -> None:
    text = start("async with get_session() as db:", "    db.add(1)")
    symptom = seen(failed("TypeError", [("svc.py", line_of(text, "async with"))], protocol="async with"))

    _finding, fix, facts = found(generator_used_as_value, tmp_path, {"svc.py": text, "deps.py": DEPS}, symptom)

    assert "async with asynccontextmanager(get_session)() as db:" in mended(fix, facts, "svc.py")


def test_another_type_error_at_an_await_is_not_of_a_generator(tmp_path: Path) -> None:
    text = start("await get_session(int('x'))")
    symptom = seen(failed("TypeError", [("svc.py", line_of(text, "await"))], protocol=""))

    assert found(generator_used_as_value, tmp_path, {"svc.py": text, "deps.py": DEPS}, symptom)[0] is None


@pytest.mark.parametrize("type_", ["TypeError", "AttributeError"])
def test_with_becomes_async_with(tmp_path: Path, type_: str) -> None:
    text = start(
        "with engine.begin() as c, engine.connect():",
        "    c.execute(1)",
        "    rows = (c.execute(2)).all()",
        "    await c.execute(3)",
        "    return [row for row in c.scalar(4)]",
        head="",
    )
    symptom = seen(failed(type_, [("svc.py", line_of(text, "with"))], protocol="with", names={"engine": ENGINE}))

    _finding, fix, facts = found(synchronous_with, tmp_path, {"svc.py": text}, symptom)

    written = mended(fix, facts, "svc.py")
    assert "    async with engine.begin() as c, engine.connect():\n        await c.execute(1)\n" in written
    assert "rows = ((await c.execute(2))).all()" in written
    assert "        await c.execute(3)\n" in written and "in (await c.scalar(4))]" in written


def test_with_in_a_plain_function_is_named_and_left_alone(tmp_path: Path) -> None:
    text = "def begin():\n    with engine.begin() as c:\n        c.execute(1)\n"
    symptom = seen(failed("TypeError", [("svc.py", 2)], protocol="with", names={"engine": ENGINE}))

    finding, fix, _facts = found(synchronous_with, tmp_path, {"svc.py": text}, symptom)

    assert finding is not None and fix is None


def test_with_on_something_synchronous_is_another_fault(tmp_path: Path) -> None:
    text = "async def begin():\n    with lock() as c:\n        pass\n"
    symptom = seen(failed("TypeError", [("svc.py", 2)], protocol="with", names={"lock": "function"}))

    assert found(synchronous_with, tmp_path, {"svc.py": text}, symptom)[0] is None


@pytest.mark.parametrize(
    ("line", "names", "attribute", "expected"),
    [
        (
            "return await self.engine.execute(1)",
            {"self.engine": ENGINE},
            "execute",
            "    async with self.engine.begin() as connection:\n        return await connection.execute(1)\n",
        ),
        (
            "rows = Session.execute(1)",
            {"Session": FACTORY},
            "execute",
            "    async with Session() as session:\n        rows = await session.execute(1)\n",
        ),
    ],
)
def test_what_the_connection_has_is_asked_of_the_connection(
    tmp_path: Path, line: str, names: dict[str, str], attribute: str, expected: str
) -> None:
    text = start(line, head="")
    symptom = seen(failed("AttributeError", [("svc.py", 2)], name=attribute, names=names))

    _finding, fix, facts = found(method_of_another_object, tmp_path, {"svc.py": text}, symptom)

    assert expected in mended(fix, facts, "svc.py")


def test_an_attribute_that_nothing_opened_has_is_another_fault(tmp_path: Path) -> None:
    text = start("engine.table_names()", head="")
    symptom = seen(failed("AttributeError", [("svc.py", 2)], name="table_names", names={"engine": ENGINE}))

    assert found(method_of_another_object, tmp_path, {"svc.py": text}, symptom)[0] is None


NEVER = failed("RuntimeWarning", [("svc.py", 2)], coroutine="AsyncConnection.run_sync")


@pytest.mark.parametrize(
    ("line", "fires"),
    [
        ("c.run_sync(make)", True),
        ("asyncio.create_task(c.run_sync(make))", False),
        ("run_sync(c.run_sync(make))", False),
        ("kept = c.run_sync(make)", False),
    ],
)
def test_a_warning_names_the_call_that_stands_alone(tmp_path: Path, line: str, fires: bool) -> None:
    symptom = seen(failed("LookupError", [("svc.py", 3)]), mishaps=(Mishap(Stage.STARTUP, (NEVER,)),))
    files = {"svc.py": start(line, "look()", head="")}

    finding, fix, facts = found(coroutine_not_awaited, tmp_path, files, symptom)

    assert (finding is not None) is fires
    if fires:
        assert "    await c.run_sync(make)\n" in mended(fix, facts, "svc.py")


BASE = "class Base:\n    metadata = None\n"
CALL = "Base.metadata.create_all(bind=engine)"
SEEN = {"obj_type": ENGINE, "name": "_run_ddl_visitor", "names": {"engine": ENGINE}}


def test_a_plain_function_around_create_all_becomes_asynchronous(tmp_path: Path) -> None:
    text = f"from tables import Base, engine\ndef make():\n    {CALL}\nasync def begin():\n    make()\n"
    frames = [("svc.py", 5), ("svc.py", 3)]
    failure = failed("AttributeError", frames, behind=["sqlalchemy.sql.schema"], **SEEN)
    own = [
        type(each)(each.file, each.line, name, each.module, each.own)
        for each, name in zip(failure.frames[:2], ("begin", "make"), strict=True)
    ]
    symptom = seen(type(failure)(failure.type, failure.bases, "", (*own, failure.frames[2]), failure.facts))

    _finding, fix, facts = found(create_all_on_async_engine, tmp_path, {"svc.py": text, "tables.py": BASE}, symptom)

    written = mended(fix, facts, "svc.py")
    assert "async def make():\n    async with engine.begin() as connection:\n" in written
    assert "async def begin():\n    await make()\n" in written


def test_create_all_at_module_level_of_another_file_is_awaited_in_the_lifespan(tmp_path: Path) -> None:
    main = "import fastapi\n\nimport tables\n\napp = fastapi.FastAPI(title='x')\n"
    files = {"main.py": main, "tables.py": f"{BASE}\n\n{CALL}\n"}
    symptom = seen(failed("AttributeError", [("tables.py", 5)], behind=["sqlalchemy.sql.schema"], **SEEN))

    _finding, fix, facts = found(create_all_on_async_engine, tmp_path, files, symptom)

    assert fix is not None and fix.safety is Safety.SAFE
    assert "async def run_at_start() -> None:\n    async with engine.begin() as connection:\n" in mended(fix, facts, "tables.py")
    written = mended(fix, facts, "main.py")
    assert "from tables import run_at_start\n" in written and "    await run_at_start()\n    yield\n" in written
    assert "FastAPI(title='x', lifespan=lifespan)" in written


def test_create_all_on_a_synchronous_engine_is_another_fault(tmp_path: Path) -> None:
    text = start(CALL, head="")
    symptom = seen(failed("AttributeError", [("svc.py", 2)], behind=["sqlalchemy.sql.schema"], obj_type="str"))

    assert found(create_all_on_async_engine, tmp_path, {"svc.py": text}, symptom)[0] is None


@pytest.mark.parametrize(
    ("line", "type_", "expected"),
    [
        ("await c.run_sync(Base.metadata.create_all(checkfirst=True))", "TypeError", "(Base.metadata.create_all, checkfirst=True)"),
        ("await c.run_sync(\n        Base.metadata.create_all,\n        engine,\n    )", "TypeError", "c.run_sync(Base.metadata.create_all)"),
        ("await c.run_sync(Base.create_all)", "AttributeError", "c.run_sync(Base.metadata.create_all)"),
    ],
)
def test_the_other_forms_of_create_all(tmp_path: Path, line: str, type_: str, expected: str) -> None:
    behind = ["sqlalchemy.sql.schema"] if "engine" in line else []
    more = {"name": "create_all"} if type_ == "AttributeError" else {}
    symptom = seen(failed(type_, [("svc.py", 2)], behind=behind, names={"engine": ENGINE, "c": CONNECTION}, **more))

    _finding, fix, facts = found(create_all_on_async_engine, tmp_path, {"svc.py": start(line, head="")}, symptom)

    assert expected in mended(fix, facts, "svc.py")

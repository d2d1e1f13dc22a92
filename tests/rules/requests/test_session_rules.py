"""Sessions and their factories: the same fault in other words, and what resembles it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bootproof.rules.requests import (
    dependency_that_provides_nothing,
    joined_rows_not_made_unique,
    method_of_another_session,
    session_factory_on_another_engine,
    session_shared_by_tasks,
)
from tests.rules.mending import failed, library, own, requested, said

ASYNC = "sqlalchemy.ext.asyncio"
GIVES = {
    f"{ASYNC}.create_async_engine": f"{ASYNC}.engine.AsyncEngine",
    f"{ASYNC}.async_sessionmaker": f"{ASYNC}.session.async_sessionmaker",
    f"{ASYNC}.session.async_sessionmaker.__call__": f"{ASYNC}.session.AsyncSession",
}


def interpreter(question: str, about: Mapping[str, Any]) -> object:
    """What SQLAlchemy's own modules say of themselves."""
    if question == "gives":
        found = GIVES.get(about["path"])
        return {"how": "", "type": found} if found else None
    if question == "speaks":
        return {"protocols": ["async with"], "coroutines": [], "attributes": []}
    if question == "accepts" and about["path"].endswith("async_sessionmaker.__call__"):
        return [{"name": "local_kw", "kind": "VAR_KEYWORD", "required": False, "annotation": ""}]
    if question == "mro" and about["path"].endswith("AsyncSession"):
        return [f"{ASYNC}.session.AsyncSession"]
    return None


APP = "from fastapi import Depends, FastAPI\napp = FastAPI()\n"
MODELS = "class User:\n    name = 'x'\n\n\nclass Post:\n    pass\n"


def asked(name: str, line: int) -> Any:
    return requested(
        failed(
            "AttributeError", own("app/main.py", line), name=name, owner=f"{ASYNC}.session:AsyncSession", owner_kind="instance",
            owner_bases=[f"{ASYNC}.session.AsyncSession"], near=[],
        )
    )  # fmt: skip


QUERIES = {
    "db.query(User).all()": "(await db.execute(select(User))).scalars().all()",
    "db.query(models.User).filter(models.User.name == 'a').first()": (
        "(await db.execute(select(models.User).where(models.User.name == 'a'))).scalars().first()"
    ),
    "db.query(User.name).filter_by(name='a').order_by(User.name).all()": (
        "(await db.execute(select(User.name).filter_by(name='a').order_by(User.name))).all()"
    ),
    "db.query(User, Post).join(Post).one()": "(await db.execute(select(User, Post).join(Post))).one()",
    "db.query(User).get(3)": "await db.get(User, 3)",
    "db.query(User).get(3).name": "(await db.get(User, 3)).name",
    "db.query(User).offset(1).limit(2).count()": (
        "(await db.execute(select(func.count()).select_from(select(User).offset(1).limit(2).subquery()))).scalar_one()"
    ),
    "[each for each in db.query(User)]": "[each for each in (await db.execute(select(User))).scalars()]",
    "(\n        db.query(User)\n        .filter(User.name == 'a')\n        .one_or_none()\n    )": (
        "(\n        (await db.execute(select(User).where(User.name == 'a'))).scalars().one_or_none()\n    )"
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("query", QUERIES)
def test_a_plain_query_becomes_a_statement(tmp_path: Path, query: str, newline: str) -> None:
    source = f"from app import models\nfrom app.models import Post, User\n{APP}\n\nasync def users(db):\n    return {query}\n"
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/main.py": source.replace("\n", newline)}
    (found,), changed = said(tmp_path, method_of_another_session, asked("query", 9 if "(\n" in query else 8), files)
    assert found.key == "users:query"
    assert QUERIES[query].replace("\n", newline) in changed["app/main.py"]


@pytest.mark.parametrize(
    "query",
    ["db.query(User).filter(User.name == 'a').delete()", "db.query(User).all", "paged(db.query(User))", "db.query()"],
)
def test_more_than_a_plain_query_is_left_to_a_person(tmp_path: Path, query: str) -> None:
    source = f"from app.models import User\n{APP}\n\nasync def users(db):\n    return {query}\n"
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/main.py": source}
    (found,), changed = said(tmp_path, method_of_another_session, asked("query", 7), files)
    assert found.fix is None
    assert not changed


def test_a_dependency_that_queries_is_made_asynchronous(tmp_path: Path) -> None:
    source = (
        f"from app.models import User\n{APP}\ndef newest(db):\n    return db.query(User).first()\n\n"
        "@app.get('/')\nasync def root(user=Depends(newest)):\n    return user\n"
    )
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/main.py": source}
    _, changed = said(tmp_path, method_of_another_session, asked("query", 6), files)
    assert "async def newest(db):\n    return (await db.execute(select(User))).scalars().first()" in changed["app/main.py"]
    called = source.replace("return user", "return newest(user)")
    _, changed = said(tmp_path, method_of_another_session, asked("query", 6), {**files, "app/main.py": called})
    assert not changed, "own code calls it and would not wait"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(await db.exec(select(User))).all()", "(await db.scalars(select(User))).all()"),
        ("(await db.exec(select(User.name, User.age))).all()", "(await db.execute(select(User.name, User.age))).all()"),
        ("(await db.exec(statement)).all()", "(await db.scalars(statement)).all()"),
    ],
)
def test_exec_becomes_what_sqlalchemy_has(tmp_path: Path, before: str, after: str) -> None:
    body = f"    statement = select(User).where(User.name == 'a')\n    return {before}\n"
    source = f"from sqlalchemy import select\nfrom app.models import User\n{APP}\nasync def users(db):\n{body}"
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/main.py": source}
    _, changed = said(tmp_path, method_of_another_session, asked("exec", 8), files)
    assert after in changed["app/main.py"]


def test_a_project_of_sqlmodel_gets_its_sessions(tmp_path: Path) -> None:
    db = (
        "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine\n"
        "engine = create_async_engine('postgresql+asyncpg://')\nSessions = async_sessionmaker(engine)\n"
    )
    source = f"from sqlmodel import select\nfrom app.db import Sessions\n{APP}\nasync def users(db):\n    return await db.exec(select(1))\n"
    files = {"app/__init__.py": "", "app/db.py": db, "app/main.py": source}
    _, changed = said(tmp_path, method_of_another_session, asked("exec", 7), files, interpreter)
    assert "from sqlmodel.ext.asyncio.session import AsyncSession" in changed["app/db.py"]
    assert "async_sessionmaker(engine, class_=AsyncSession)" in changed["app/db.py"]


UNIQUE = {
    "result.scalars().all()": "result.unique().scalars().all()",
    "(await db.execute(q)).scalars().all()": "(await db.execute(q)).unique().scalars().all()",
    "(await db.scalars(q)).all()": "(await db.scalars(q)).unique().all()",
    "result.scalar_one_or_none()": "result.unique().scalar_one_or_none()",
    "[each for each in result]": "[each for each in result.unique()]",
    "[each for each in await db.scalars(q)]": "[each for each in (await db.scalars(q)).unique()]",
}


@pytest.mark.parametrize("fetched", UNIQUE)
def test_rows_are_folded_before_they_are_fetched(tmp_path: Path, fetched: str) -> None:
    files = {"app/__init__.py": "", "app/main.py": f"{APP}\nasync def users(db, q, result):\n    return {fetched}\n"}
    failure = failed(
        "sqlalchemy.exc.InvalidRequestError", own("app/main.py", 5), library("sqlalchemy.orm.loading", "require_unique")
    )
    _, changed = said(tmp_path, joined_rows_not_made_unique, requested(failure), files)
    assert UNIQUE[fetched] in changed["app/main.py"]


def test_another_invalid_request_is_another_matter(tmp_path: Path) -> None:
    files = {"app/__init__.py": "", "app/main.py": f"{APP}\nasync def users(result):\n    return result.all()\n"}
    failure = failed("sqlalchemy.exc.InvalidRequestError", own("app/main.py", 5), library("sqlalchemy.orm.loading", "load"))
    findings, _ = said(tmp_path, joined_rows_not_made_unique, requested(failure), files)
    assert not findings


FACTORY = (
    "import sqlalchemy.ext.asyncio as sa\nfrom sqlalchemy.orm import sessionmaker as maker\n"
    "engine = sa.create_async_engine('postgresql+asyncpg://')\nSessions = maker(\n    bind=engine,\n)\n"
)


@pytest.mark.parametrize("used", ["async with Sessions() as session:\n        return session", "return Sessions()"])
def test_a_factory_is_changed_where_its_sessions_are_entered(tmp_path: Path, used: str) -> None:
    source = f"from app.db import Sessions\n{APP}\nasync def opened():\n    {used}\n"
    files = {"app/__init__.py": "", "app/db.py": FACTORY, "app/main.py": source}
    failure = failed("TypeError", own("app/main.py", 6), protocol="async with")
    (found,), changed = said(tmp_path, session_factory_on_another_engine, requested(failure), files, interpreter)
    assert (found.file, found.line) == ("app/db.py", 4)
    entered = used.startswith("async")
    assert ("Sessions = async_sessionmaker(" in changed.get("app/db.py", "")) is entered


def test_a_factory_of_its_engines_kind_is_none(tmp_path: Path) -> None:
    db = FACTORY.replace("maker(", "sa.async_sessionmaker(")
    files = {"app/__init__.py": "", "app/db.py": db, "app/main.py": f"from app.db import Sessions\n{APP}"}
    failure = failed("TypeError", own("app/main.py", 1), protocol="async with")
    findings, _ = said(tmp_path, session_factory_on_another_engine, requested(failure), files, interpreter)
    assert not findings


DB = (
    "from contextlib import asynccontextmanager\nfrom sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n"
    "Sessions = async_sessionmaker(create_async_engine('postgresql+asyncpg://'))\n\n\n"
)
MANAGED = "@asynccontextmanager\nasync def opened():\n    async with Sessions() as session:\n        yield session\n"
FASTAPIS = failed("TypeError", library("fastapi.dependencies.utils", "solve_dependencies"))


def test_a_context_manager_that_own_code_enters_gets_a_generator(tmp_path: Path) -> None:
    source = (
        f"from typing import Annotated\nfrom app import db\n{APP}Session = Annotated[object, Depends(db.opened)]\n\n"
        "@app.get('/')\nasync def root(session: Session):\n    async with db.opened() as other:\n        return 1\n"
    )
    files = {"app/__init__.py": "", "app/db.py": DB + MANAGED, "app/main.py": source}
    (found,), changed = said(tmp_path, dependency_that_provides_nothing, requested(FASTAPIS), files, interpreter)
    assert (found.file, found.line) == ("app/db.py", 6)
    assert "async def get_session():\n    async with opened() as session:\n        yield session" in changed["app/db.py"]
    assert "Annotated[object, Depends(get_session)]" in changed["app/main.py"]
    assert "async with db.opened()" in changed["app/main.py"]


def test_a_factory_gets_a_generator_and_every_route_depends_on_it(tmp_path: Path) -> None:
    source = (
        f"from app.db import Sessions\n{APP}\n@app.get('/')\nasync def root(session=Depends(Sessions)):\n    return 1\n\n"
        "@app.get('/two', dependencies=[Depends(Sessions)])\nasync def two():\n    return 2\n"
    )
    files = {"app/__init__.py": "", "app/db.py": DB, "app/main.py": source}
    (found,), changed = said(tmp_path, dependency_that_provides_nothing, requested(FASTAPIS), files, interpreter)
    assert (found.file, found.line) == ("app/main.py", 6)
    assert "async def get_session():\n    async with Sessions() as session:\n        yield session" in changed["app/db.py"]
    assert changed["app/main.py"].count("Depends(get_session)") == 2


GATHERED = {
    "asyncio.gather(a(session), b(session))": "[await a(session), await b(session)]",
    "asyncio.gather(\n        *[a(session, each) for each in (1, 2)]\n    )": "[await a(session, each) for each in (1, 2)]",
    "asyncio.gather(*(a(each, session=session) for each in (1, 2)))": "[await a(each, session=session) for each in (1, 2)]",
}


@pytest.mark.parametrize("call", GATHERED)
def test_tasks_of_one_session_are_awaited_in_turn(tmp_path: Path, call: str) -> None:
    source = f"import asyncio\n{APP}\n@app.get('/')\nasync def root(session):\n    one, two = await {call}\n    return one\n"
    files = {"app/__init__.py": "", "app/main.py": source}
    failure = failed("sqlalchemy.exc.IllegalStateChangeError", library("sqlalchemy.orm"), bases=("sqlalchemy.exc.InvalidRequestError",))
    (found,), changed = said(tmp_path, session_shared_by_tasks, requested(failure), files)
    assert found.line == 7
    assert f"one, two = {GATHERED[call]}" in changed["app/main.py"]


@pytest.mark.parametrize("call", ["asyncio.gather(a(), b())", "asyncio.gather(a(session))", "both(a(session), b(session))"])
def test_tasks_that_share_no_session_are_left_alone(tmp_path: Path, call: str) -> None:
    source = f"import asyncio\n{APP}\n@app.get('/')\nasync def root(session):\n    return await {call}\n"
    files = {"app/__init__.py": "", "app/main.py": source}
    failure = failed("sqlalchemy.exc.InvalidRequestError", library("sqlalchemy.orm"))
    findings, _ = said(tmp_path, session_shared_by_tasks, requested(failure), files)
    assert not findings

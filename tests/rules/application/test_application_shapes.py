"""Shapes of lifespans, hooks, parameters, paths and dataclasses, in the spellings that people use; nothing is run.

A mended file is read again: what was wrong with it must be gone, and it must still parse.
"""

import ast
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from bootproof.edits.apply import apply
from bootproof.model.finding import Fix
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rules.application import (
    body_on_bodyless_status,
    dependency_called,
    import_for_type_checkers_only,
    lifespan_of_wrong_shape,
    malformed_path,
    middleware_after_start,
    misplaced_parameter_default,
    module_for_router,
    mutable_dataclass_default,
    session_parameter_without_depends,
    startup_hook_never_run,
    startup_hooks_removed,
)
from bootproof.rules.application._apps import apps
from bootproof.rules.application._lifespans import Fault, faults, lifespan_of
from tests.rules.reading_facts import facts_of

HEAD = "from contextlib import asynccontextmanager, contextmanager\nfrom fastapi import FastAPI\n"


def project(tmp_path: Path, main: str) -> Any:
    return facts_of(tmp_path, {"requirements.txt": "fastapi\n", "main.py": main})


def symptom(
    kind: str, message: str = "", *, file: str = "main.py", line: int = 0, module: str = "", function: str = "",
    stage: Stage = Stage.IMPORT, bases: tuple[str, ...] = (), **facts: object,
) -> Symptom:  # fmt: skip
    frames = [Frame(file, line, "<module>", "main", True)] if line else []
    frames += [Frame(f"/lib/{module}.py", 1, function, module, False)] if module else []
    failure = Failure(kind, (kind, *bases, "Exception"), message, tuple(frames), MappingProxyType(facts))
    return Symptom(Outcome.FAILED, stage, (failure,))


def mended(rule: Any, seen: Symptom, facts: Any, file: str = "main.py") -> str:
    """The file with every finding's fix; all must have one."""
    edits = []
    for each in rule.diagnose(seen, facts):
        fix = rule.fix(each, facts)
        assert isinstance(fix, Fix), each.cause
        edits += fix.edits
    assert edits, "nothing was found"
    text = apply(edits, facts.text)[file].decode()
    ast.parse(text)
    return text


LIFESPANS = [
    ("@asynccontextmanager\nasync def life(app): yield\napp = FastAPI(lifespan=life())\n", {Fault.CALLED}),
    ("@asynccontextmanager\nasync def life():\n    yield\napp = FastAPI(title='x', lifespan=life)\n", {Fault.NO_PARAMETER}),
    ("@asynccontextmanager\nasync def life(*, more=1):\n    yield\napp: FastAPI = FastAPI(lifespan=life)\n", {Fault.NO_PARAMETER}),
    ("@contextmanager\ndef life(app):\n    yield\n    print()\napp = FastAPI(lifespan=life)\n", {Fault.SYNCHRONOUS}),
    ("@asynccontextmanager\ndef life(app):\n    yield\napp = FastAPI(lifespan=life)\n", {Fault.SYNCHRONOUS}),
    (
        "def make():\n    @asynccontextmanager\n    async def life(app: FastAPI):\n        print(1)\n"
        "    api = FastAPI(lifespan=life)\n    return api\napp = make()\n",
        {Fault.NO_YIELD},
    ),
    (
        "def make():\n\tasync def life(app):\n\t\ttry:\n\t\t\tprint(1)\n\t\tfinally:\n\t\t\tprint(2)\n"
        "\treturn FastAPI(lifespan=life)\napp = make()\n",
        {Fault.PLAIN, Fault.NO_YIELD},
    ),
    (
        "import os\n@asynccontextmanager\nasync def life(app):\n    if not os.getenv('DB'):\n        return\n    yield\n"
        "app = FastAPI(lifespan=life)\n",
        {Fault.YIELD_SKIPPED},
    ),
    (
        "@asynccontextmanager\nasync def life(app):\n    if app.debug:\n        print()\n    elif app.title:\n        yield\n"
        "app = FastAPI(lifespan=life)\n",
        {Fault.YIELD_SKIPPED},
    ),
]
HEALTHY = [
    "@asynccontextmanager\nasync def life(app):\n    try:\n        yield\n    finally:\n        print()\napp = FastAPI(lifespan=life)\n",
    "async def life(app):\n    yield\napp = FastAPI(lifespan=life)\n",
    "@asynccontextmanager\nasync def life(app):\n    if app.debug:\n        yield\n        return\n    yield\napp = FastAPI(lifespan=life)\n",
    "@asynccontextmanager\nasync def life(app):\n    if not app.title:\n        raise ValueError\n    async with app.x:\n        yield\n"
    "app = FastAPI(lifespan=life)\n",
    "def life(app):\n    return open(app)\napp = FastAPI(lifespan=life)\n",
    "def life(name):\n    def inner(app): ...\n    return inner\napp = FastAPI(lifespan=life('x'))\n",
    "from elsewhere import life\napp = FastAPI(lifespan=life)\n",
]
ENTERING = symptom("TypeError", module="starlette.routing", function="lifespan", stage=Stage.STARTUP)


@pytest.mark.parametrize(("source", "expected"), LIFESPANS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_wrong_shape_is_seen_and_becomes_a_lifespan(
    tmp_path: Path, source: str, expected: set[Fault], ending: str
) -> None:
    facts = project(tmp_path / "before", (HEAD + source).replace("\n", ending))
    found = lifespan_of(facts, apps(facts)[0])
    assert found is not None
    assert set(faults(facts, found)) == expected
    elif_chain = "elif" in source
    if elif_chain:  # where an `else` belongs in a chain is a person's choice
        (one,) = lifespan_of_wrong_shape.diagnose(ENTERING, facts)
        assert lifespan_of_wrong_shape.fix(one, facts) is None
        return
    text = mended(lifespan_of_wrong_shape, ENTERING, facts)
    again = project(tmp_path / "after", text)
    found = lifespan_of(again, apps(again)[0])
    assert found is not None
    assert faults(again, found) == ()


@pytest.mark.parametrize("source", HEALTHY)
def test_other_shapes_are_left_alone(tmp_path: Path, source: str) -> None:
    facts = project(tmp_path, HEAD + source)
    assert list(lifespan_of_wrong_shape.diagnose(ENTERING, facts)) == []


def test_a_lifespan_in_another_module_is_mended_there(tmp_path: Path) -> None:
    events = "import contextlib as c\n\n\n@c.asynccontextmanager\nasync def open_all():\n    yield\n"
    main = "import app.events as ev\nfrom fastapi import FastAPI\napp = FastAPI(\n    lifespan=ev.open_all,\n)\n"
    facts = facts_of(tmp_path, {"main.py": main, "app/__init__.py": "", "app/events.py": events})
    assert "async def open_all(app):" in mended(lifespan_of_wrong_shape, ENTERING, facts, "app/events.py")


def refused_keyword(call: str, line: int) -> Symptom:
    return symptom(
        "TypeError", line=line, callee="starlette.applications:Starlette", accepts=["routes", "lifespan"], required=[],
        passed=[call], positional=0,
    )  # fmt: skip


def test_hooks_join_the_lifespan_that_is_there(tmp_path: Path) -> None:
    main = (
        HEAD + "@asynccontextmanager\nasync def life(app):\n    try:\n        yield\n    finally:\n        print(1)\n\n"
        "app = FastAPI(lifespan=life)\nX = {}\n\n@app.on_event('startup')\nasync def fill() -> None:\n    X['a'] = 1\n\n"
        "@app.on_event('shutdown')\ndef empty():\n    X.clear()\n\n@app.get('/')\ndef read():\n    return X['a']\n"
    )
    facts = project(tmp_path, main)
    seen = symptom("KeyError", "'a'", line=main.split("return X")[0].count("\n") + 1, stage=Stage.READY, args=["a"])
    text = mended(startup_hook_never_run, seen, facts)
    assert "        await fill()\n        yield\n        empty()\n" in text
    assert "on_event" not in text


def test_hooks_that_are_called_elsewhere_are_not_called_forgotten(tmp_path: Path) -> None:
    main = (
        HEAD + "X = {}\n@asynccontextmanager\nasync def life(app):\n    await fill()\n    yield\napp = FastAPI(lifespan=life)\n"
        "@app.on_event('startup')\nasync def fill():\n    X['a'] = 1\n@app.get('/')\ndef read():\n    return X['a']\n"
    )
    facts = project(tmp_path, main)
    assert list(startup_hook_never_run.scan(facts)) == []
    seen = symptom("KeyError", "'a'", line=13, stage=Stage.READY, args=["a"])
    assert list(startup_hook_never_run.diagnose(seen, facts)) == []


def test_hooks_of_a_factory_make_a_lifespan_inside_it(tmp_path: Path) -> None:
    main = (
        "from starlette.applications import Starlette\n\ndef create():\n    async def fill(): ...\n"
        "    def empty(): ...\n\n    app = Starlette(routes=[], on_startup=(fill,), on_shutdown=[empty])\n    return app\n\napp = create()\n"
    )
    facts = project(tmp_path, main)
    text = mended(startup_hooks_removed, refused_keyword("on_startup", 7), facts)
    assert "    async def lifespan(_app):\n        await fill()\n        yield\n        empty()\n" in text
    assert "Starlette(routes=[], lifespan=lifespan)" in text


@pytest.mark.parametrize(
    "handlers", ["on_startup=[make(1)]", "on_startup=HANDLERS", "on_startup=[taking]", "on_startup=[imported]"]
)
def test_a_handler_of_unknown_kind_is_a_persons(tmp_path: Path, handlers: str) -> None:
    main = (
        "from starlette.applications import Starlette\nfrom elsewhere import imported\ndef make(n): ...\n"
        f"def taking(app): ...\nHANDLERS = [make]\napp = Starlette({handlers})\n"
    )
    facts = project(tmp_path, main)
    (found,) = startup_hooks_removed.diagnose(refused_keyword("on_startup", 6), facts)
    assert startup_hooks_removed.fix(found, facts) is None


@pytest.mark.parametrize("call", ["register(app)", "events.register(app)", "register(to=app)", "begin(app)"])
def test_a_hook_that_is_registered_through_a_parameter_is_told_where_it_stands(tmp_path: Path, call: str) -> None:
    events = "async def fill(): ...\n\n\ndef register(to):\n    to.add_event_handler('startup', fill)\n\n\ndef begin(app):\n    register(app)\n"
    main = (
        "from starlette.applications import Starlette\nimport events\nfrom events import begin, register\n"
        f"@property\ndef other(): ...\n\n\napp = Starlette()\n{call}\n"
    )
    facts = facts_of(tmp_path, {"requirements.txt": "starlette\n", "main.py": main, "events.py": events})
    lacks = {"name": "add_event_handler", "owner": "starlette.applications:Starlette", "owner_kind": "instance"}
    seen = symptom("AttributeError", file="events.py", line=5, owner_bases=["starlette.applications.Starlette"], **lacks)
    (found,) = startup_hooks_removed.diagnose(seen, facts)
    assert (found.file, found.line, found.key) == ("events.py", 5, "app")
    assert [(each.file, each.line) for each in found.related] == [("events.py", 5)]
    assert startup_hooks_removed.fix(found, facts) is None


PARAMETERS = [
    ("q: Annotated[str, Query('a')]", "q: Annotated[str, Query()] = 'a'"),
    ("q: Annotated[str, Query(max_length=3, default='a')]", "q: Annotated[str, Query(max_length=3)] = 'a'"),
    ("q: Annotated[str, Query('a')], other: int", "*, q: Annotated[str, Query()] = 'a', other: int"),
    ("*, q: Annotated[str, Query('a')], other: int", "*, q: Annotated[str, Query()] = 'a', other: int"),
    ("page: int = 1, q: Annotated[int, Depends(g)] = Depends(g)", "page: int = 1, *, q: Annotated[int, Depends(g)]"),
    ("q: Annotated[int, Query()] = Query(1, ge=1)", "q: int = Query(1, ge=1)"),
]


@pytest.mark.parametrize(("before", "after"), PARAMETERS)
def test_a_parameter_is_declared_once_and_stays_in_order(tmp_path: Path, before: str, after: str) -> None:
    head = "import typing as t\nfrom typing import Annotated\nfrom fastapi import FastAPI, Query, Depends\ndef g(): return 1\n"
    main = head + "app = FastAPI()\n@app.get('/')\nasync def r({}):\n    return 1\n"
    facts = project(tmp_path, main.format(before))
    seen = symptom("AssertionError", line=6, module="fastapi.dependencies.utils", function="analyze_param")
    assert mended(misplaced_parameter_default, seen, facts) == main.format(after)


def test_declarations_that_differ_are_a_persons(tmp_path: Path) -> None:
    main = (
        "from typing import Annotated\nfrom fastapi import FastAPI, Depends\ndef g(): return 1\ndef h(): return 2\n"
        "app = FastAPI()\n@app.get('/')\nasync def r(q: Annotated[int, Depends(g)] = Depends(h)):\n    return 1\n"
    )
    facts = project(tmp_path, main)
    seen = symptom("AssertionError", line=6, module="fastapi.dependencies.utils", function="analyze_param")
    (found,) = misplaced_parameter_default.diagnose(seen, facts)
    assert misplaced_parameter_default.fix(found, facts) is None


def test_a_prefix_is_mended_where_its_text_stands(tmp_path: Path) -> None:
    main = (
        "from fastapi import FastAPI, APIRouter\nclass Settings:\n    prefix: str = \"api/v1/\"\nsettings = Settings()\n"
        "router = APIRouter()\napp = FastAPI()\napp.include_router(\n    router,\n    prefix=settings.prefix,\n)\n"
    )
    facts = project(tmp_path, main)
    seen = symptom("AssertionError", line=7, module="fastapi.routing", function="include_router")
    assert 'prefix: str = "/api/v1"\n' in mended(malformed_path, seen, facts)


def test_a_router_that_has_a_prefix_elsewhere_keeps_its_empty_path(tmp_path: Path) -> None:
    main = (
        "from fastapi import FastAPI, APIRouter\nr = APIRouter()\n@r.get('')\ndef h(): ...\napp = FastAPI()\n"
        "app.include_router(r, prefix='/x')\napp.include_router(r)\n"
    )
    facts = project(tmp_path, main)
    seen = symptom("fastapi.exceptions.FastAPIError", line=7, module="fastapi.routing", function="include_router")
    (found,) = malformed_path.diagnose(seen, facts)
    assert malformed_path.fix(found, facts) is None


@pytest.mark.parametrize("status", ["204", "status.HTTP_204_NO_CONTENT", "HTTPStatus.NO_CONTENT.value", "200", "HTTP_204_BOXES"])
def test_statuses_without_a_body(tmp_path: Path, status: str) -> None:
    main = f"from fastapi import FastAPI, status\nHTTP_204_BOXES = 201\napp = FastAPI()\n@app.delete('/x', status_code={status})\ndef r() -> dict: ...\n"
    facts = project(tmp_path, main)
    seen = symptom("AssertionError", line=4, module="fastapi.routing", function="__init__")
    found = list(body_on_bodyless_status.diagnose(seen, facts))
    assert bool(found) is (status not in ("200", "HTTP_204_BOXES"))


def test_dataclasses_in_classes_and_with_aliases(tmp_path: Path) -> None:
    main = (
        "import dataclasses as d\nfrom fastapi import FastAPI\nclass Outer:\n    marks: list = []\n\n"
        "    @d.dataclass(frozen=True)\n    class Inner:\n        marks: list[int] = [\n            1,\n        ]\n"
        "        names: dict = dict()\n\napp = FastAPI()\n"
    )
    facts = project(tmp_path, main)
    text = mended(mutable_dataclass_default, symptom("ValueError", line=6, module="dataclasses", function="_get_field"), facts)
    assert "    marks: list = []\n" in text
    assert "field(default_factory=lambda: [\n            1,\n        ])" in text
    assert "field(default_factory=dict)" in text


def test_only_the_name_that_is_missing_leaves_the_guard(tmp_path: Path) -> None:
    main = (
        "from __future__ import annotations\nimport typing as t\nfrom fastapi import FastAPI\nfrom pydantic import BaseModel\n"
        "if t.TYPE_CHECKING:\n    from datetime import (\n        date,\n        time,\n    )\n\n"
        "class Order(BaseModel):\n    day: date | None = None\n\napp = FastAPI()\n\n@app.post('/')\ndef r(order: Order): ...\n"
    )
    facts = project(tmp_path, main)
    seen = symptom("pydantic.errors.PydanticUserError", "`Order` is not fully defined; you should define `date`")
    text = mended(import_for_type_checkers_only, seen, facts)
    assert text.count("date,") == 0
    assert "from datetime import date\n" in text
    assert "time" in text.split("TYPE_CHECKING:")[1]


@pytest.mark.parametrize(
    "body",
    [
        "    kind = app.title\n    app.add_middleware(Gate, kind=kind)\n    yield\n",
        "    if app.title:\n        app.add_middleware(Gate)\n    yield\n",
    ],
)
def test_middleware_that_needs_what_the_lifespan_has_is_a_persons(tmp_path: Path, body: str) -> None:
    main = HEAD + f"from lib import Gate\n@asynccontextmanager\nasync def life(app):\n{body}api = FastAPI(lifespan=life)\n"
    facts = project(tmp_path, main)
    line = next(number for number, text in enumerate(main.splitlines(), 1) if "add_middleware" in text)
    seen = symptom(
        "RuntimeError", line=line, module="starlette.applications", function="add_middleware", stage=Stage.STARTUP
    )
    (found,) = middleware_after_start.diagnose(seen, facts)
    assert middleware_after_start.fix(found, facts) is None


def test_middleware_moves_to_the_application_under_its_own_name(tmp_path: Path) -> None:
    main = HEAD + "from lib import Gate\n@asynccontextmanager\nasync def life(app):\n    app.add_middleware(Gate, size=3)\n    yield\napi = FastAPI(lifespan=life)\n"
    facts = project(tmp_path, main)
    seen = symptom("RuntimeError", line=6, module="starlette.applications", function="add_middleware", stage=Stage.STARTUP)
    assert mended(middleware_after_start, seen, facts).endswith("api = FastAPI(lifespan=life)\napi.add_middleware(Gate, size=3)\n")


def answering(question: str, about: Any) -> object:
    """What the interpreter would say of the classes that the next tests name."""
    known = {
        "starlette.requests:Request": ["starlette.requests.Request", "starlette.requests.HTTPConnection"],
        "fastapi:Request": ["starlette.requests.Request", "starlette.requests.HTTPConnection"],
        "sqlalchemy.orm:Session": ["sqlalchemy.orm.session.Session"],
    }
    return known.get(about.get("path", "")) if question == "mro" else None


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("db: Session = held", "db: Session = Depends(held)", "<class 'sqlalchemy.orm.session.Session'>"),
        ("n: int, db: orm.Session = held", "n: int, db: orm.Session = Depends(held)", "<class 'sqlalchemy.orm.session.Session'>"),
        ("asked: Request | None = None", "asked: Request = None", "starlette.requests.Request | None"),
        ("asked: Optional[Request] = None", "asked: Request = None", "starlette.requests.Request | None"),
        ("asked: Union[None, Request]", "asked: Request", "starlette.requests.Request | None"),
    ],
)
def test_a_parameter_that_no_request_holds(tmp_path: Path, before: str, after: str, message: str) -> None:
    main = (
        "from typing import Optional, Union\nimport sqlalchemy.orm as orm\nfrom sqlalchemy.orm import Session\n"
        "from fastapi import Depends, FastAPI, Request\ndef held(): ...\ndef other() -> int: ...\napp = FastAPI()\n"
        "@app.get('/')\ndef r({}):\n    return 1\n"
    )
    facts = facts_of(tmp_path, {"main.py": main.format(before)}, answering)
    seen = symptom("fastapi.exceptions.FastAPIError", message, line=8, module="fastapi.dependencies.utils", function="analyze_param")
    assert mended(session_parameter_without_depends, seen, facts) == main.format(after)


@pytest.mark.parametrize(
    ("provider", "found"),
    [
        ("async def held():\n    yield 1\n", True),
        ("def held():\n    print(1)\n", True),
        ("def held():\n    return object()\n", True),  # the only one that is called, and what it gave has no signature
        ("class held:\n    def __call__(self): ...\n", False),
    ],
)
def test_a_dependency_that_is_called(tmp_path: Path, provider: str, found: bool) -> None:
    main = (
        f"import fastapi as fa\n{provider}app = fa.FastAPI()\n@app.get('/')\n"
        "def r(held_: int = fa.Depends(\n    held())):\n    return 1\n"
    )
    facts = project(tmp_path, main)
    frames = (
        Frame("main.py", main[: main.index("@app")].count("\n") + 1, "<module>", "main", True),
        Frame("/lib/utils.py", 1, "get_typed_signature", "fastapi.dependencies.utils", False),
        Frame("/lib/inspect.py", 1, "_signature_from_callable", "inspect", False),
    )
    failure = Failure("TypeError", ("TypeError",), "is not a callable object", frames)
    seen = Symptom(Outcome.FAILED, Stage.IMPORT, (failure,))
    if found:
        assert "Depends(\n    held))" in mended(dependency_called, seen, facts)
    else:
        assert list(dependency_called.diagnose(seen, facts)) == []


def test_an_application_that_is_included_is_mounted(tmp_path: Path) -> None:
    main = "from fastapi import FastAPI\nimport inner\napp = FastAPI()\napp.include_router(inner.api, prefix='/in')\n"
    facts = facts_of(tmp_path, {"main.py": main, "inner.py": "import fastapi\napi = fastapi.FastAPI()\n"})
    seen = symptom("AttributeError", line=4, module="fastapi.routing", function="include_router")
    assert "app.mount('/in', inner.api)" in mended(module_for_router, seen, facts)

"""What a request shows beside sessions: the same fault in other words, and what resembles it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rules.requests import (
    argument_value_refused,
    handler_returns_no_response,
    health_route_missing,
    library_never_set_up,
    made_where_its_maker_is_meant,
    middleware_not_installed,
    response_not_json,
    route_path_without_slash,
    state_never_set,
    template_not_found,
)
from tests.rules.mending import failed, library, own, requested, said

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
STATE = library("starlette.datastructures", "__getattr__", "raise AttributeError(...)")


def answered(note: str, routes: tuple[str, ...] = ()) -> Symptom:
    return Symptom(Outcome.FAILED, Stage.REQUESTS, (), note=note, routes=routes)


@pytest.mark.parametrize(
    "handler",
    [
        "@app.exception_handler(Missing)\nasync def gone(request, error):\n    return {body}\n",
        "def gone(request, error):\n    return {body}\n\n\napp.add_exception_handler(Missing, gone)\n",
        "@app.exception_handler(LookupError)\ndef gone(request, error):\n    if error:\n        return {body}\n    raise error\n",
    ],
    ids=["decorator", "registered", "builtin"],
)
@pytest.mark.parametrize("body", ["{'a': 1}", "['a']", "f'{error}'"])
def test_what_a_handler_returns_becomes_a_response(tmp_path: Path, handler: str, body: str) -> None:
    source = f"from app.faults import Missing\n{APP}\n\n{handler.format(body=body)}"
    files = {"app/__init__.py": "", "app/faults.py": "class Missing(LookupError):\n    pass\n", "app/main.py": source}
    raised = failed("TypeError", library("starlette._exception_handler", "wrapped_app"))
    handled = failed("app.faults.Missing", own("app/main.py", 9), bases=("LookupError",))
    (found,), changed = said(tmp_path, handler_returns_no_response, requested(raised, handled), files)
    assert source.splitlines()[found.line - 1].strip() == f"return {body}"
    assert f"return JSONResponse({body}, status_code=500)" in changed["app/main.py"]


def test_a_handler_that_returns_a_response_or_is_for_another_class_is_none(tmp_path: Path) -> None:
    source = (
        f"from fastapi.responses import JSONResponse\n{APP}\n@app.exception_handler(LookupError)\ndef gone(request, error):\n"
        "    def body():\n        return {}\n    return JSONResponse(body())\n\n"
        "@app.exception_handler(ValueError)\ndef wrong(request, error):\n    return {}\n"
    )
    raised = failed("TypeError", library("starlette._exception_handler", "wrapped_app"))
    handled = failed("KeyError", own("main.py", 9), bases=("LookupError",))
    findings, _ = said(tmp_path, handler_returns_no_response, requested(raised, handled), {"main.py": source})
    assert not findings


@pytest.mark.parametrize("read", ["request.app.state.pool", "request.state.pool", "app.state.pool.fetch()"])
def test_a_lifespan_that_the_application_is_not_given_is_given(tmp_path: Path, read: str) -> None:
    source = (
        "from contextlib import asynccontextmanager\nfrom fastapi import FastAPI, Request\n\n"
        "@asynccontextmanager\nasync def life(application):\n    application.state.pool = 1\n    yield\n\n"
        f"app = FastAPI(\n    title='x',\n)\n\n@app.get('/')\nasync def root(request: Request):\n    return {read}\n"
    )
    failure = failed("AttributeError", own("main.py", 15), STATE, args=["'State' object has no attribute 'pool'"], name="pool")
    (found,), changed = said(tmp_path, state_never_set, requested(failure), {"main.py": source})
    assert found.line == 15
    assert "lifespan=life" in changed["main.py"]


def test_a_state_that_nothing_sets_is_told_and_left_to_a_person(tmp_path: Path) -> None:
    source = f"{APP}\n@app.get('/')\nasync def root():\n    return app.state.cache\n"
    failure = failed("AttributeError", own("main.py", 6), STATE, name="cache")
    (found,), changed = said(tmp_path, state_never_set, requested(failure), {"main.py": source})
    assert "no code sets it" in found.cause
    assert not changed


def test_an_attribute_of_another_object_is_no_state(tmp_path: Path) -> None:
    source = f"{APP}\n@app.get('/')\nasync def root(request):\n    return request.headers.pool\n"
    failure = failed("AttributeError", own("main.py", 6), name="pool")
    findings, _ = said(tmp_path, state_never_set, requested(failure), {"main.py": source})
    assert not findings


@pytest.mark.parametrize(("asked", "fixed"), [("session", True), ("user", False)])
def test_a_middleware_that_nothing_installs(tmp_path: Path, asked: str, fixed: bool) -> None:
    source = f"{APP}\n@app.get('/')\nasync def root(request):\n    return request.{asked}\n"
    failure = failed("AssertionError", own("main.py", 6), library("starlette.requests", asked))
    (found,), changed = said(tmp_path, middleware_not_installed, requested(failure), {"main.py": source})
    assert found.line == 6
    assert ("add_middleware(SessionMiddleware" in changed.get("main.py", "")) is fixed


SETUP = {"class": "shelf.core.Shelf", "method": "init", "coroutine": False, "required": [["backend", "shelf.near:Near"]]}


def shelf(question: str, about: Mapping[str, Any]) -> object:
    if question == "origin":
        return about["path"].replace("shelf:", "shelf.core:")
    return [SETUP] if question == "setups" and about["module"] == "shelf.decorator" else None


@pytest.mark.parametrize(
    ("more", "fires"),
    [
        ("", True),
        ("def later():\n    from shelf import Shelf\n    Other.init(Shelf)\n", True),
        ("from shelf import Shelf\nShelf.init(1)\n", False),
        ("import shelf\nshelf.core.Shelf.init(1)\n", False),
        ("from shelf import Shelf as Board\nBoard.init(1)\n", False),
        ("from shelf import Shelf\nclass Mine(Shelf): ...\nMine.init(1)\n", False),
        ("from rack import Shelf as Rack\nRack.init(1)\n", True),
        ("import rack\nrack.core.Shelf.init(1)\n", True),
    ],
)
def test_what_has_to_be_set_up_is_looked_for_by_its_class(tmp_path: Path, more: str, fires: bool, monkeypatch: Any) -> None:
    from bootproof.audit.answers import Answers

    monkeypatch.setattr(Answers, "providers", lambda self, module: ("shelf",))
    failure = failed("Exception", library("shelf.decorator", "inner", "raise Exception('init first')"))
    findings, changed = said(tmp_path, library_never_set_up, requested(failure), {"main.py": f"{APP}{more}"}, shelf)
    assert bool(findings) is fires
    if fires:
        assert "Shelf.init(Near())" in changed["main.py"]


@pytest.mark.parametrize(
    ("looked", "put"),
    [
        ("Jinja2Templates('pages')", "web/pages/i.html"),
        ("Jinja2Templates(directory='pages')", "web/pages/i.html"),
        ("Environment(loader=FileSystemLoader('pages'))", "web/pages/i.html"),
        ("Jinja2Templates(directory='pages')", "assets/pages/i.html"),
    ],
)
def test_a_directory_of_templates_is_named_relative_to_the_file(tmp_path: Path, looked: str, put: str) -> None:
    head = "from fastapi.templating import Jinja2Templates\nfrom jinja2 import Environment, FileSystemLoader\n"
    files = {"web/__init__.py": "", "web/main.py": f"{head}{APP}templates = {looked}\n", put: "x"}
    failure = failed("jinja2.exceptions.TemplateNotFound", own("web/main.py", 5), library("jinja2.loaders"), name="i.html")
    (found,), changed = said(tmp_path, template_not_found, requested(failure), files)
    assert found.line == 5
    way = '.parent / "pages"' if put.startswith("web") else '.parent.parent / "assets/pages"'
    assert f"Path(__file__).resolve(){way}" in changed["web/main.py"]


def test_a_template_that_is_nowhere_is_left_to_a_person(tmp_path: Path) -> None:
    source = f"from fastapi.templating import Jinja2Templates\n{APP}templates = Jinja2Templates(directory='pages')\n"
    failure = failed("jinja2.exceptions.TemplateNotFound", own("main.py", 4), library("jinja2.loaders"), name="i.html")
    (found,), changed = said(tmp_path, template_not_found, requested(failure), {"main.py": source})
    assert found.line == 4
    assert not changed


@pytest.mark.parametrize("value", ["float('nan')", "{'a': [math.inf]}", "total / count"])
def test_a_value_that_json_refuses_is_that_of_its_route(tmp_path: Path, value: str) -> None:
    source = f"import math\n{APP}\n@app.get('/')\nasync def root(total=1, count=2):\n    if total:\n        return {value}\n"
    failure = failed("ValueError", library("starlette.responses", "render"), library("json", "dumps"))
    (found,), changed = said(tmp_path, response_not_json, requested(failure), {"main.py": source})
    assert found.line == 8
    assert not changed


def test_a_value_error_of_own_code_is_no_matter_of_json(tmp_path: Path) -> None:
    source = f"{APP}\n@app.get('/')\nasync def root():\n    return int('x')\n"
    failure = failed("ValueError", library("starlette.responses", "render"), own("main.py", 6))
    findings, _ = said(tmp_path, response_not_json, requested(failure), {"main.py": source})
    assert not findings


@pytest.mark.parametrize(
    ("route", "after"),
    [
        ("@app.get('users')", "@app.get('/users')"),
        ("@app.api_route(\n    path=r\"users\",\n)", "@app.api_route(\n    path=r\"/users\",\n)"),
    ],
)
def test_a_path_gets_its_slash(tmp_path: Path, route: str, after: str) -> None:
    files = {"main.py": f"{APP}\n{route}\ndef users():\n    return []\n\n@app.get('/x')\ndef x():\n    return 'users'\n"}
    (_found,), changed = said(tmp_path, route_path_without_slash, answered("GET users answered 404"), files)
    assert after in changed["main.py"]
    assert "return 'users'" in changed["main.py"]


@pytest.mark.parametrize(
    ("routes", "meant"),
    [
        (("GET /healthz", "GET /items"), "/healthz"),
        (("GET /api/health", "GET /items"), "/api/health"),
        (("GET /livez", "GET /items/{id}"), "/livez"),
        (("GET /livez", "GET /readyz"), ""),
        (("POST /health/x", "GET /items"), ""),
    ],
)
def test_the_health_check_asks_for_what_is_there(tmp_path: Path, routes: tuple[str, ...], meant: str) -> None:
    files = {
        "main.py": APP,
        "Dockerfile": "FROM python:3.12\nHEALTHCHECK CMD curl -f http://localhost:8000/health\nCMD uvicorn main:app\n",
    }
    (found,), changed = said(tmp_path, health_route_missing, answered("GET /health answered 404", routes), files)
    assert (found.file, found.line) == ("Dockerfile", 2)
    assert bool(changed) is bool(meant)
    assert f":8000{meant or '/health'}\n" in changed.get("Dockerfile", files["Dockerfile"])


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("autocommit=True is no longer supported", 3),
        ("The `autocommit` argument has been removed", 3),
        ("no such thing", 0),
        ("autoflush=False is bad, autocommit=True too", 0),
    ],
)
def test_the_argument_that_is_refused_is_dropped_where_it_is_passed(tmp_path: Path, message: str, line: int) -> None:
    db = "from sqlalchemy.orm import sessionmaker\nmake = sessionmaker(\n    autocommit=True, autoflush=False,\n)\n"
    files = {"app/__init__.py": "", "app/db.py": db, "app/main.py": f"from app.db import make\n{APP}\ndef used():\n    return make()\n"}
    failure = failed("sqlalchemy.exc.ArgumentError", own("app/main.py", 6), library("sqlalchemy.orm"), message=message)
    findings, changed = said(tmp_path, argument_value_refused, requested(failure), files)
    assert [(each.file, each.line) for each in findings] == ([("app/db.py", line)] if line else [])
    assert not line or "autocommit" not in changed["app/db.py"]


def sessions(question: str, about: Mapping[str, Any]) -> object:
    if about.get("path") != "sa.session:Session":
        return None
    return {"mro": ["sa.session.Session"], "attributes": ["close"]}.get(question)


@pytest.mark.parametrize(("kept", "fixed"), [("", True), ("one = Session\n", False)])
def test_the_factory_stands_where_its_session_stood(tmp_path: Path, kept: str, fixed: bool) -> None:
    source = f"from sa import maker\n{APP}Session = maker(bind=1)()\n{kept}\ndef used():\n    return Session()\n"
    failure = failed("TypeError", own("main.py", source.count("\n")), names={"Session": "sa.session.Session"})
    findings, changed = said(tmp_path, made_where_its_maker_is_meant, requested(failure), {"main.py": source}, sessions)
    assert [each.line for each in findings] == [4]
    assert ("Session = maker(bind=1)\n" in changed.get("main.py", "")) is fixed

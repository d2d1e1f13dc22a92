"""Calls of `uvicorn.run` are known by meaning, whatever they are called and wherever they stand."""

import ast
from pathlib import Path

import pytest

from bootproof.edits.apply import apply
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rules.server import object_with_reload, run_at_import, run_inside_loop
from bootproof.rules.server._runs import import_string, runs
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
PACKAGE = {"shop/__init__.py": "", "shop/web.py": APP + "def build():\n    return app\ndef other(name):\n    return app\n"}


def mended(facts, found) -> str:
    edits = [edit for each in found for edit in (object_with_reload.fix(each, facts) or pytest.fail("no fix")).edits]
    return apply(edits, facts.text)[found[0].file].decode()


@pytest.mark.parametrize(
    ("head", "call", "named"),
    [
        ("import uvicorn\nfrom shop.web import app", "uvicorn.run(app, reload=True)", "shop.web:app"),
        ("import uvicorn as server\nfrom shop import web", "server.run(app=web.app, workers=4)", "shop.web:app"),
        ("from uvicorn import run as go\nfrom shop.web import app as api", "go(api, reload=True)", "shop.web:app"),
        ("import uvicorn.main\nfrom shop.web import app", "uvicorn.main.run(\n        app,\n        reload=True,\n    )", "shop.web:app"),
        ("import uvicorn\nfrom shop.web import build", "uvicorn.run(build(), reload=True)", "shop.web:build"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_object_is_named_by_where_it_is_defined(tmp_path: Path, head: str, call: str, named: str, ending: str) -> None:
    text = f"{head}\n\nif __name__ == '__main__':\n    {call}\n".replace("\n", ending)
    facts = facts_of(tmp_path, {**PACKAGE, "serve.py": text})
    found = list(object_with_reload.scan(facts))
    assert [(each.file, each.line) for each in found] == [("serve.py", 5)]
    assert f'"{named}"' in mended(facts, found)
    assert ("factory=True" in mended(facts, found)) is named.endswith("build")


def test_an_object_made_in_a_function_is_named_by_what_makes_it(tmp_path: Path) -> None:
    text = "import uvicorn\nfrom shop.web import build\ndef main():\n    made = build()\n    uvicorn.run(made, workers=2)\n"
    facts = facts_of(tmp_path, {**PACKAGE, "serve.py": text})
    assert 'uvicorn.run("shop.web:build", workers=2, factory=True)' in mended(facts, list(object_with_reload.scan(facts)))


@pytest.mark.parametrize(
    "call",
    [
        "uvicorn.run('shop.web:app', reload=True)",
        "uvicorn.run(f'{NAME}:app', reload=True)",
        "uvicorn.run(app)",
        "uvicorn.run(app, reload=False, workers=1)",
        "uvicorn.run(other('x'), reload=True)",
        "print('uvicorn.run(app, reload=True)')",
        "runner.run(app, reload=True)",
    ],
)
def test_other_calls_are_left_alone(tmp_path: Path, call: str) -> None:
    text = f"import uvicorn\nfrom shop.web import app, other\nimport asyncio as runner\nNAME = 'x'\ndef main():\n    {call}\n"
    assert not list(object_with_reload.scan(facts_of(tmp_path, {**PACKAGE, "serve.py": text})))


def test_a_local_import_is_an_import_too(tmp_path: Path) -> None:
    text = "from shop.web import app\ndef main():\n    import uvicorn\n    uvicorn.run(app, reload=True)\n"
    facts = facts_of(tmp_path, {**PACKAGE, "serve.py": text})
    (run,) = runs(facts, "serve.py")
    assert import_string(facts, run) == ("shop.web:app", False)


@pytest.mark.parametrize(
    ("tail", "guarded"),
    [
        ("uvicorn.run(app)\n", 'if __name__ == "__main__":\n    uvicorn.run(app)\n'),
        ("uvicorn.run(\n    app,\n    port=1,\n)\n", 'if __name__ == "__main__":\n    uvicorn.run(\n        app,\n        port=1,\n    )\n'),
        ("if True:\n    uvicorn.run(app)  # now\n", 'if True:\n    if __name__ == "__main__":\n        uvicorn.run(app)  # now\n'),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_call_at_the_top_level_goes_below_a_guard(tmp_path: Path, tail: str, guarded: str, ending: str) -> None:
    text = (APP + "import uvicorn\n" + tail).replace("\n", ending)
    facts = facts_of(tmp_path, {"main.py": text})
    (found,) = run_at_import.scan(facts)
    made = run_at_import.fix(found, facts)
    assert made is not None
    assert apply(made.edits, facts.text)["main.py"].decode() == (APP + "import uvicorn\n" + guarded).replace("\n", ending)


@pytest.mark.parametrize(
    "tail",
    ["if '__main__' == __name__:\n    uvicorn.run(app)\n", "def main():\n    uvicorn.run(app)\n", "later = lambda: uvicorn.run(app)\n"],
)
def test_a_call_that_no_import_makes_is_none(tmp_path: Path, tail: str) -> None:
    assert not list(run_at_import.scan(facts_of(tmp_path, {"main.py": APP + "import uvicorn\n" + tail})))


def test_a_call_that_shares_its_line_is_told_and_not_changed(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": APP + "import uvicorn\nx = 1; uvicorn.run(app)\n"})
    (found,) = run_at_import.scan(facts)
    assert run_at_import.fix(found, facts) is None


def inside(file: str, line: int, function: str) -> Symptom:
    frames = (
        Frame(file, line, function, "serve", own=True),
        Frame("/env/uvicorn/main.py", 1, "run", "uvicorn.main", own=False),
        Frame("/env/asyncio/runners.py", 1, "run", "asyncio.runners", own=False),
    )
    chain = (Failure("RuntimeError", ("RuntimeError", "Exception"), "a loop runs", frames),)
    return Symptom(Outcome.FAILED, Stage.IMPORT, chain)


@pytest.mark.parametrize(
    ("head", "call", "expected"),
    [
        ("import uvicorn", "uvicorn.run(app, port=1)", "await uvicorn.Server(uvicorn.Config(app, port=1)).serve()"),
        ("import uvicorn as u", "u.run(app)", "await u.Server(u.Config(app)).serve()"),
        ("from uvicorn import run", "run(app)", "await uvicorn.Server(uvicorn.Config(app)).serve()"),
        ("import uvicorn", "uvicorn.run('shop.web:app', reload=True)", None),
        ("import uvicorn", "uvicorn.run(app, **options)", None),
    ],
)
def test_a_server_is_awaited_in_the_loop_that_runs(tmp_path: Path, head: str, call: str, expected: str | None) -> None:
    text = f"{head}\nfrom shop.web import app\nasync def main():\n    {call}\n"
    facts = facts_of(tmp_path, {**PACKAGE, "serve.py": text})
    (found,) = run_inside_loop.diagnose(inside("serve.py", 4, "main"), facts)
    made = run_inside_loop.fix(found, facts)
    if expected is None:
        assert made is None
        return
    assert made is not None
    result = apply(made.edits, facts.text)["serve.py"].decode()
    assert expected in result
    assert any(isinstance(node, ast.Await) for node in ast.walk(ast.parse(result)))


def test_an_ordinary_function_on_the_way_cannot_await(tmp_path: Path) -> None:
    text = "import uvicorn\nfrom shop.web import app\ndef serve():\n    uvicorn.run(app)\nasync def main():\n    serve()\n"
    facts = facts_of(tmp_path, {**PACKAGE, "serve.py": text})
    assert not list(run_inside_loop.diagnose(inside("serve.py", 4, "serve"), facts))

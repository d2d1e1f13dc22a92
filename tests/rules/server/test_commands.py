"""What start commands name and are given, read in whatever form they are written."""

from pathlib import Path
from types import MappingProxyType

import pytest

from bootproof.edits.apply import apply
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Safety, Stage
from bootproof.rules.server import bind_address_elsewhere, loopback_in_container, option_refused, target_not_found
from bootproof.rules.server._command import named
from bootproof.rules.server._option import options
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\napi = FastAPI()\n"
SHOP = {"backend/shop/__init__.py": "", "backend/shop/web.py": "from shop import names\n" + APP, "backend/shop/names.py": ""}


def failed(stage: Stage, kind: str, bases: tuple[str, ...] = (), **facts: object) -> Symptom:
    frames = (Frame("/env/uvicorn/main.py", 1, "run", "uvicorn.main", own=False),)
    chain = (Failure(kind, (kind, *bases), "refused", frames, MappingProxyType(facts)),)
    return Symptom(Outcome.FAILED, stage, chain)


def mended(rule, symptom, facts, file):
    (found,) = rule.diagnose(symptom, facts)
    made = rule.fix(found, facts)
    assert made is not None
    return made, apply(made.edits, facts.text)[file].decode()


LOST = failed(Stage.IMPORT, "uvicorn.importer.ImportFromStringError")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("Procfile", "web: uvicorn main.py\n", "web: uvicorn main:api\n"),
        ("Procfile", "web: uvicorn ./main:api --port 80\n", "web: uvicorn main:api --port 80\n"),
        ("Procfile", "web: uvicorn main:app --port $PORT\n", "web: uvicorn main:api --port $PORT\n"),
        ("Procfile", "web: gunicorn 'app.main:app' -k x.Y\n", "web: gunicorn 'main:api' -k x.Y\n"),
        ("Procfile", "web: hypercorn main:app\n", "web: hypercorn main:api\n"),
        ("railway.json", '{"deploy": {"startCommand": "uvicorn app:app --port $PORT"}}', '"uvicorn main:api --port $PORT"'),
        ("Dockerfile", 'FROM python\nWORKDIR /srv\nCOPY . .\nCMD [ "uvicorn", "main:app" ]\n', '[ "uvicorn", "main:api" ]'),
    ],
)
def test_a_command_names_what_is_there(tmp_path: Path, file: str, text: str, expected: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "requirements.txt": "fastapi\n", file: text})
    made, result = mended(target_not_found, LOST, facts, file)
    assert expected in result
    assert made.safety is Safety.SAFE


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("uvicorn shop.web:api", "uvicorn shop.web:api --app-dir backend"),
        ("gunicorn shop.web:api -w 2", "gunicorn shop.web:api --pythonpath backend -w 2"),
        ("uvicorn web:api", "uvicorn shop.web:api --app-dir backend"),
    ],
)
def test_a_folder_is_given_along(tmp_path: Path, command: str, expected: str) -> None:
    facts = facts_of(tmp_path, {**SHOP, "Procfile": f"web: {command}\n"})
    _made, result = mended(target_not_found, LOST, facts, "Procfile")
    assert result == f"web: {expected}\n"


def test_of_several_applications_none_is_chosen_silently(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "admin/site.py": APP, "Procfile": "web: uvicorn server:app\n"})
    made, _result = mended(target_not_found, LOST, facts, "Procfile")
    assert made.safety is Safety.UNSAFE
    assert made.rivals


def test_a_failure_below_own_code_is_none_of_the_commands(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "Procfile": "web: uvicorn main:wrong\n"})
    own = Frame("main.py", 1, "<module>", "main", own=True)
    symptom = Symptom(Outcome.FAILED, Stage.IMPORT, (Failure("ValueError", ("ValueError",), "x", (own,)),))
    assert not list(target_not_found.diagnose(symptom, facts))


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("uvicorn --port 80 main:app", "main:app"),
        ("uvicorn --reload main", "main"),
        ("gunicorn -b 127.0.0.1:80 -k a.b 'main:create()'", "main:create()"),
        ("python -m uvicorn app/main:app", "app/main:app"),
    ],
)
def test_the_word_that_names_the_application(tmp_path: Path, command: str, word: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP + "def create():\n    return api\n", "Procfile": f"web: {command}\n"})
    found = named(facts.project.start)
    assert found is not None
    assert found.word == word


def refused(option: str) -> Symptom:
    return failed(Stage.IMPORT, "click.exceptions.BadParameter", param=[option])


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("Procfile", "web: uvicorn main:api --port ''\n", "web: uvicorn main:api --port ${PORT:-8000}\n"),
        ("Procfile", 'web: uvicorn main:api --port=""\n', "web: uvicorn main:api --port=${PORT:-8000}\n"),
        (
            "Dockerfile", 'FROM python\nWORKDIR /srv\nCOPY . .\nCMD ["uvicorn", "main:api", "--port", "${APP_PORT}"]\n',
            'CMD ["sh", "-c", "exec uvicorn main:api --port ${APP_PORT:-8000}"]\n',
        ),
        (
            "Dockerfile", 'FROM python\nWORKDIR /srv\nCOPY . .\nCMD ["uvicorn", "main:api", \\\n  "--port", "$PORT"]\n',
            'CMD ["sh", "-c", "exec uvicorn main:api --port ${PORT:-8000}"]\n',
        ),
    ],
)  # fmt: skip
def test_a_port_is_taken_from_its_variable(tmp_path: Path, file: str, text: str, expected: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, file: text})
    made, result = mended(option_refused, refused("--port"), facts, file)
    assert result.endswith(expected)
    assert made.safety is Safety.SAFE


@pytest.mark.parametrize(
    ("there", "expected", "safety"),
    [
        ({"config/log.ini": "[loggers]\n"}, "uvicorn main:api --log-config config/log.ini --port 80", Safety.SAFE),
        ({}, "uvicorn main:api --port 80", Safety.UNSAFE),
        ({"a/log.ini": "", "b/log.ini": ""}, "uvicorn main:api --port 80", Safety.UNSAFE),
    ],
)
def test_a_file_that_is_not_there(tmp_path: Path, there: dict[str, str], expected: str, safety: Safety) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "Procfile": "web: uvicorn main:api --log-config log.ini --port 80\n", **there})
    made, result = mended(option_refused, refused("--log-config"), facts, "Procfile")
    assert (result, made.safety) == (f"web: {expected}\n", safety)


def test_tls_is_never_left_out(tmp_path: Path) -> None:
    command = "web: uvicorn main:api --ssl-keyfile key.pem --ssl-certfile cert.pem\n"
    facts = facts_of(tmp_path, {"main.py": APP, "Procfile": command})
    (found,) = option_refused.diagnose(failed(Stage.IMPORT, "FileNotFoundError"), facts)
    assert option_refused.fix(found, facts) is None


def test_a_misspelt_option_is_a_guess(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "Procfile": "web: uvicorn main:api --prot 80\n"})
    known = failed(Stage.IMPORT, "click.exceptions.NoSuchOption", option_name="--prot", possibilities=["--host", "--port"])
    made, result = mended(option_refused, known, facts, "Procfile")
    assert (result, made.safety) == ("web: uvicorn main:api --port 80\n", Safety.UNSAFE)


def test_options_and_their_values(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "Procfile": "web: uvicorn main:api --reload --port --host=:: -x y --loop\n"})
    assert [(each.name, each.value) for each in options(facts.project.start)] == [
        ("--reload", ""), ("--port", ""), ("--host", "::"), ("-x", "y"), ("--loop", ""),
    ]  # fmt: skip


def unbound() -> Symptom:
    frames = (Frame("/env/asyncio/base_events.py", 1, "create_server", "asyncio.base_events", own=False),)
    return Symptom(Outcome.FAILED, Stage.READY, (Failure("OSError", ("OSError",), "no such address", frames),))


@pytest.mark.parametrize(
    ("files", "file", "expected", "safety"),
    [
        ({"Procfile": "web: uvicorn main:api --host http://0.0.0.0/\n"}, "Procfile", "--host 0.0.0.0\n", Safety.SAFE),
        ({"Procfile": "web: uvicorn main:api --host=localhost:8000\n"}, "Procfile", "--host=localhost\n", Safety.SAFE),
        ({"Procfile": "web: gunicorn main:api -b 10.1.2.3:80\n"}, "Procfile", "-b 0.0.0.0:80\n", Safety.UNSAFE),
        (
            {"Procfile": "web: python run.py\n", "run.py": "import uvicorn\nHOST = 'http://0.0.0.0'\nuvicorn.run('main:api', host=HOST)\n"},
            "run.py", 'HOST = "0.0.0.0"\n', Safety.SAFE,
        ),
    ],
)  # fmt: skip
def test_a_host_on_which_nobody_listens(tmp_path: Path, files: dict[str, str], file: str, expected: str, safety: Safety) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, **files})
    made, result = mended(bind_address_elsewhere, unbound(), facts, file)
    assert expected in result
    assert made.safety is safety


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ('CMD ["uvicorn", "main:api"]', 'CMD ["uvicorn", "main:api", "--host", "0.0.0.0"]'),
        ("CMD uvicorn main:api --host localhost", "CMD uvicorn main:api --host 0.0.0.0"),
        ("CMD gunicorn main:api -b 127.0.0.1:8000", "CMD gunicorn main:api -b 0.0.0.0:8000"),
        ("CMD uvicorn main:api --host 0.0.0.0", None),
        ("CMD uvicorn main:api --uds /run/x.sock", None),
        ("CMD gunicorn -c conf.py main:api", None),
    ],
)
def test_a_loopback_in_a_container(tmp_path: Path, command: str, expected: str | None) -> None:
    image = f"FROM python:3.12\nWORKDIR /srv\nCOPY . .\nEXPOSE 8000\n{command}\n"
    facts = facts_of(tmp_path, {"main.py": APP, "conf.py": "", "Dockerfile": image})
    found = list(loopback_in_container.scan(facts))
    assert len(found) == (expected is not None)
    if expected is not None:
        made = loopback_in_container.fix(found[0], facts)
        assert made is not None
        assert expected in apply(made.edits, facts.text)["Dockerfile"].decode()

"""Backends of other frameworks boot, are asked, and what fails in them is found: by real audits of tiny projects."""

from pathlib import Path

import pytest

from bootproof.model.finding import Finding
from bootproof.model.report import Report
from bootproof.model.words import Severity, Verdict
from tests.conftest import audited

FLASK = """
from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return "well"


@app.get("/shelves")
def shelves():
    return {ANSWER}
"""
QUART = """
from quart import Quart

app = Quart(__name__)


@app.before_serving
async def begin():
    app.config["STATE"] = "well"


@app.get("/health")
async def health():
    return app.config["STATE"]


@app.get("/shelves")
async def shelves():
    return {ANSWER}
"""
LITESTAR = """
from litestar import Litestar, get


@get("/health", sync_to_thread=False)
def health() -> str:
    return "well"


@get("/shelves")
async def shelves() -> dict[str, str]:
    return {ANSWER}


app = Litestar([health, shelves])
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route


async def health(request):
    return JSONResponse("well")


async def shelves(request):
    return JSONResponse({ANSWER})


app = Starlette(routes=[Route("/health", health), Mount("/", routes=[Route("/shelves", shelves)])])
"""
DJANGO = """
import os

from django.conf import settings
from django.core.{KIND} import get_{KIND}_application
from django.http import JsonResponse
from django.urls import path

settings.configure(SECRET_KEY="for-development-alone", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])


def health(request):
    return JsonResponse({{"state": "well"}})


def shelves(request):
    return JsonResponse({ANSWER})


urlpatterns = [path("health", health), path("shelves", shelves)]
application = get_{KIND}_application()
"""
BACKENDS = {
    "flask": (FLASK, "flask\nuvicorn\n"),
    "flask without a server": (FLASK, "flask\n"),
    "quart": (QUART, "quart\n"),
    "litestar": (LITESTAR, "litestar\nuvicorn\n"),
    "starlette": (STARLETTE, "starlette\nuvicorn\n"),
    "django asgi": (DJANGO.replace("{KIND}", "asgi"), "django\nuvicorn\n"),
    "django wsgi": (DJANGO.replace("{KIND}", "wsgi"), "django\nuvicorn\n"),
}


def report_on(root: Path, source: str, requirements: str, answer: str) -> Report:
    (root / "main.py").write_text(source.replace("{ANSWER}", answer).replace("{{", "{").replace("}}", "}"))
    (root / "requirements.txt").write_text(requirements)
    return audited(root)


def pressing(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.severity is not Severity.ADVICE]


@pytest.mark.parametrize(("source", "requirements"), BACKENDS.values(), ids=BACKENDS)
def test_a_healthy_one_starts_under_a_real_server(tmp_path: Path, source: str, requirements: str) -> None:
    report = report_on(tmp_path, source, requirements, '{"number": "3"}')
    assert (report.verdict, report.fixed_verdict) == (Verdict.STARTS, Verdict.STARTS), report.not_tried
    assert pressing(report) == []
    assert report.server is not None
    assert report.server.seconds_to_ready is not None
    assert [each.status for each in report.server.exchanges if each.path == "/health"] == [200]


@pytest.mark.parametrize(("source", "requirements"), BACKENDS.values(), ids=BACKENDS)
def test_a_request_that_fails_is_found_without_a_schema_too(tmp_path: Path, source: str, requirements: str) -> None:
    report = report_on(tmp_path, source, requirements, '{}["number"]')
    (failure,) = pressing(report)
    assert report.verdict is Verdict.STARTS
    assert (failure.severity, failure.file) == (Severity.FAILURE, "main.py")
    assert "KeyError" in failure.cause
    assert '{}["number"]' in (tmp_path / "main.py").read_text().splitlines()[failure.line - 1]


WORKER = {
    "requirements.txt": "celery[redis]\n",
    "press/__init__.py": "",
    "press/worker.py": (
        'from celery import Celery\n\nworker = Celery("press", broker="{BROKER}", include=["press.jobs"])\n'
    ),
    "press/jobs.py": (
        "from press.worker import worker\n\n\n@worker.task\ndef print_sheet(number):\n    return number\n"
    ),
}  # fmt: skip


def worker(root: Path, broker: str = "redis://keys.example.com:6379/0", **files: str) -> Path:
    for name, text in {**WORKER, **files}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text.replace("{BROKER}", broker))
    return root


@pytest.mark.parametrize("app", [None, "celery:press.worker", "celery:press.worker:worker"])
def test_a_worker_starts_with_its_tasks_and_its_broker(tmp_path: Path, app: str | None) -> None:
    report = audited(worker(tmp_path), app=app)
    assert (report.verdict, report.fixed_verdict) == (Verdict.STARTS, Verdict.STARTS), report.not_tried
    assert report.server is not None
    assert report.server.command.startswith("celery -A press.worker:worker worker")
    assert "press.jobs.print_sheet" in report.server.log


def test_a_workers_own_command_is_run(tmp_path: Path) -> None:
    report = audited(worker(tmp_path, Procfile="jobs: celery -A press.worker worker -c 8 --loglevel=info\n"))
    assert report.verdict is Verdict.STARTS
    assert report.server is not None
    assert report.server.command == "celery -A press.worker worker --loglevel=info --concurrency=1"


def test_a_task_module_that_does_not_load_stops_the_worker(tmp_path: Path) -> None:
    report = audited(worker(tmp_path, **{"press/jobs.py": "from press.worker import worker, nothing\n"}))
    (blocker,) = pressing(report)
    assert (report.verdict, blocker.code, blocker.file) == (Verdict.FAILS, "BP203", "press/jobs.py")


SLOW = pytest.mark.slow


@pytest.mark.parametrize("named", [pytest.param("press", marks=SLOW), pytest.param("press.jobs_of_old", marks=SLOW), "press.worker:app"])
def test_a_command_that_names_no_application_is_mended(tmp_path: Path, named: str) -> None:
    report = audited(worker(tmp_path, Procfile=f"jobs: celery -A {named} worker\n"))
    (blocker,) = pressing(report)
    assert (blocker.code, blocker.file, report.fixed_verdict) == ("BP701", "Procfile", Verdict.STARTS)


def test_a_broker_that_is_not_here_is_no_fault(tmp_path: Path) -> None:
    report = audited(worker(tmp_path, "amqp://guest:guest@queue.example.com//"))
    assert (report.verdict, pressing(report)) == (Verdict.UNPROVED, [])
    assert [(each.host, each.port) for each in report.refused] == [("queue.example.com", 5672)]


def test_where_there_is_a_web_application_it_is_the_target(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "celery[redis]\nstarlette\nuvicorn\n",
        "main.py": "from starlette.applications import Starlette\nfrom press.jobs import print_sheet\napp = Starlette()\n",
        "Procfile": "jobs: celery -A press.worker worker\nweb: uvicorn main:app\n",
    }
    report = audited(worker(tmp_path, **files))
    assert report.project.target is not None
    assert (report.project.target.spec, report.verdict) == ("main:app", Verdict.STARTS)

"""The project's own start command is what boots: in trials and cold, in namespaces and where there are none."""

import socket

import pytest

from bootproof.model.words import Outcome, Stage
from bootproof.rehearsal import sandbox
from bootproof.rehearsal.needs import own_addresses
from bootproof.rehearsal.variant import Probes, Variant

from .conftest import Open

ROUTE = "@app.get('/health')\ndef health():\n    return {'ok': True}\n"
APP = "from fastapi import FastAPI\napp = FastAPI()\n" + ROUTE
RUN = "import uvicorn\nfrom main import app\nif __name__ == '__main__':\n    uvicorn.run(%s)\n"


@pytest.fixture(params=["isolated", pytest.param("bare", marks=pytest.mark.slow)])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "bare":
        monkeypatch.setattr(sandbox, "isolation", lambda: "")
    elif not sandbox.isolation():
        pytest.skip("this system allows no namespaces")
    return str(request.param)


STARTS = {
    "object": ("python run.py", RUN % "app, port=8123"),
    "every address": ("python run.py", RUN % "app, host='0.0.0.0', port=8123"),
    "IPv6": ("python run.py", RUN % "app, host='::', port=8123"),
    "module": ("python -m run", RUN % "'main:app', port=8123"),
    "reload": ("python run.py", RUN % "'main:app', port=8123, reload=True"),
    "workers": ("python run.py", RUN % "'main:app', port=8123, workers=2"),
    "server": ("python run.py", "import asyncio, uvicorn\nfrom main import app\nasyncio.run(uvicorn.Server(uvicorn.Config(app)).serve())\n"),
    "option": ("uvicorn main:app --lifespan on --port 8123", ""),
}


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("cold", [False, True], ids=["trial", "cold"])
def test_a_start_of_ones_own_comes_up_and_is_seen(opened: Open, way: str, name: str, cold: bool) -> None:
    command, script = STARTS[name]
    rehearser = opened({"main.py": APP, "run.py": script, "Procfile": f"web: {command}\n"})
    boot = rehearser.boot_cold if cold else rehearser.rehearse
    symptom = boot(Variant(), Probes(routes=True))
    assert symptom.started, (symptom.note, symptom.log)
    assert symptom.argv == tuple(command.split())
    assert "GET /health" in symptom.routes
    assert [(each.path, each.status) for each in symptom.exchanges][0] == ("/health", 200)
    assert not symptom.mishaps


def test_a_spawned_worker_that_fails_ends_the_boot_with_its_own_exception(opened: Open, way: str) -> None:
    rehearser = opened(
        {"main.py": APP, "run.py": "import uvicorn\nuvicorn.run('main:app', workers=2)\n", "Procfile": "web: python run.py\n"}
    )
    for symptom in (rehearser.rehearse(Variant()), rehearser.boot_cold(Variant())):
        assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.IMPORT)
        assert symptom.chain[0].type == "RuntimeError"
        own = symptom.chain[0].own_frame
        assert own is not None
        assert (own.file, own.line) == ("run.py", 2)


@pytest.mark.parametrize("place", ["lifespan", "import"])
def test_a_worker_of_a_reloader_tells_its_stage(opened: Open, way: str, place: str) -> None:
    raising = {
        "import": "raise LookupError('no')\n" + APP,
        "lifespan": "from contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n@asynccontextmanager\n"
        "async def lifespan(app):\n    raise LookupError('no')\n    yield\napp = FastAPI(lifespan=lifespan)\n",
    }[place]
    script = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('main:app', reload=True)\n"
    symptom = opened({"main.py": raising, "run.py": script, "Procfile": "web: python run.py\n"}).rehearse(Variant())
    assert symptom.outcome is Outcome.FAILED
    assert symptom.stage is (Stage.IMPORT if place == "import" else Stage.STARTUP)
    assert symptom.chain[0].type == "LookupError"


@pytest.mark.parametrize(
    ("options", "stage", "kind"),
    [
        ("--port ''", Stage.IMPORT, "click.exceptions.BadParameter"),
        ("--prot 80", Stage.IMPORT, "click.exceptions.NoSuchOption"),
        ("--log-config none.ini", Stage.IMPORT, "click.exceptions.BadParameter"),
        ("--host http://localhost", Stage.READY, "socket.gaierror"),
    ],
)
def test_what_a_server_refuses_is_told_as_data(opened: Open, way: str, options: str, stage: Stage, kind: str) -> None:
    rehearser = opened({"main.py": APP, "Procfile": f"web: uvicorn main:app {options}\n"})
    for symptom in (rehearser.rehearse(Variant()), rehearser.boot_cold(Variant())):
        assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, stage), symptom.log
        found = next(each for each in symptom.chain if each.type == kind)
        assert not symptom.sandboxed
        if "port ''" in options:
            assert found.facts["param"] == ["--port"]


def test_a_name_that_only_production_resolves_is_no_fault(opened: Open, way: str) -> None:
    symptom = opened({"main.py": APP, "Procfile": "web: uvicorn main:app --host backend\n"}).rehearse(Variant())
    assert symptom.outcome is Outcome.FAILED
    assert symptom.sandboxed


def test_the_server_is_asked_and_not_what_else_the_project_opens(opened: Open) -> None:
    metrics = (
        "import http.server, threading\n"
        "class Nothing(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_error(503)\n"
        "other = http.server.HTTPServer(('', 9090), Nothing)\nthreading.Thread(target=other.serve_forever, daemon=True).start()\n"
    )
    rehearser = opened({"main.py": metrics + APP, "run.py": RUN % "app, port=8123", "Procfile": "web: python run.py\n"})
    symptom = rehearser.rehearse(Variant())
    assert symptom.started, symptom.note


def test_a_local_socket_is_asked_where_that_is_all_there_is(opened: Open) -> None:
    if not sandbox.isolation():
        pytest.skip("without namespaces nobody knows whose socket it is")
    symptom = opened({"main.py": APP, "Procfile": "web: uvicorn main:app --uds server.sock\n"}).rehearse(Variant())
    assert symptom.started, (symptom.note, symptom.log)


def test_a_port_that_is_taken_on_this_machine_is_free_in_a_boot(opened: Open, way: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        rehearser = opened({"main.py": APP, "run.py": RUN % f"app, port={port}", "Procfile": "web: python run.py\n"})
        symptom = rehearser.rehearse(Variant())
    assert symptom.started, (symptom.note, symptom.log)


def test_the_platforms_port_is_there(opened: Open, way: str) -> None:
    script = "import os, uvicorn\nfrom main import app\nuvicorn.run(app, port=int(os.environ['PORT']))\n"
    symptom = opened({"main.py": APP, "run.py": script, "Procfile": "web: python run.py\n"}).rehearse(Variant())
    assert symptom.started, (symptom.note, symptom.log)


def test_a_program_that_nothing_brings_is_not_found(opened: Open, way: str) -> None:
    rehearser = opened({"main.py": APP, "Procfile": "web: hypercorn main:app\n"})
    for symptom in (rehearser.rehearse(Variant()), rehearser.boot_cold(Variant())):
        assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.IMPORT)
        assert symptom.chain[0].facts["filename"] == "hypercorn"


def test_an_address_of_this_machine_is_one_in_a_boot_too(opened: Open) -> None:
    own = own_addresses()
    if not own:
        pytest.skip("this machine has no address beside its loopback")
    symptom = opened({"main.py": APP, "Procfile": f"web: uvicorn main:app --host {own[0]}\n"}).rehearse(Variant())
    assert symptom.started, (symptom.note, symptom.log)

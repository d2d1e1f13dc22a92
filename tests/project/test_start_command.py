"""The project's own start command: which one is run, with which words, and which is `uvicorn module:attribute` anyway."""

import pytest

from bootproof.project.discover import discover

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
IMAGE = "FROM {base}\nWORKDIR /srv\nCOPY . .\nRUN pip install -r requirements.txt\n{rest}\n"


def start_of(root):
    return discover(root).start


@pytest.mark.parametrize(
    "command",
    [
        "uvicorn main:app",
        "python -m uvicorn main:app --host 0.0.0.0 --port 8000",
        "exec uvicorn main:app --host=0.0.0.0 --port=$PORT --workers 4 --proxy-headers --forwarded-allow-ips '*'",
        "poetry run uvicorn main:app --reload --log-level debug",
        "uvicorn main:app --port ${PORT:-8000} --workers ${WORKERS}",
    ],
)
def test_a_plain_command_is_not_run_as_it_stands(lay, command):
    start = start_of(lay({"main.py": APP, "Procfile": f"web: {command}\n"}))
    assert start is not None
    assert not start.runs


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("uvicorn main:wrong", ("uvicorn", "main:wrong")),
        ("uvicorn main.py", ("uvicorn", "main.py")),
        ("uvicorn ./main:app", ("uvicorn", "./main:app")),
        ("uvicorn main:app --port ''", ("uvicorn", "main:app", "--port", "")),
        ("uvicorn main:app --lifespan off", ("uvicorn", "main:app", "--lifespan", "off")),
        ("uvicorn main:app --host 10.0.0.9", ("uvicorn", "main:app", "--host", "10.0.0.9")),
        ("gunicorn -w 9 main:app", ("gunicorn", "-w", "1", "main:app")),
        ("gunicorn main:app --workers=9 -b :$PORT", ("gunicorn", "main:app", "--workers=1", "-b", ":8000")),
        ("uvicorn main:app --loop $LOOP --http h11", ("uvicorn", "main:app", "--http", "h11")),
        ("fastapi run main.py --port $PORT", ("fastapi", "run", "main.py", "--port", "8000")),
        ("hypercorn main:app", ("hypercorn", "main:app")),
    ],
)
def test_a_command_that_says_more_is_run(lay, command, argv):
    start = start_of(lay({"main.py": APP, "Procfile": f"web: {command}\n"}))
    assert start is not None
    assert start.runs
    assert start.argv == argv
    assert start.variables == {"PORT": "8000"}


def test_a_script_that_starts_a_server_is_run_and_names_the_target(lay):
    files = {"run.py": "import uvicorn\nfrom main import app\nuvicorn.run(app)\n", "main.py": APP, "Procfile": "web: python run.py\n"}
    read = discover(lay(files))
    assert read.start is not None
    assert (read.start.program, read.start.argv, read.start.runs) == ("python", ("python", "run.py"), True)
    assert read.target is not None
    assert read.target.spec == "main:app"


@pytest.mark.parametrize(
    ("rest", "argv", "notes"),
    [
        ('CMD ["uvicorn", "main:app", "--port", "$PORT"]', ("uvicorn", "main:app", "--port", "$PORT"), 0),
        ("CMD uvicorn main:app --loop uvloop --port $PORT", ("uvicorn", "main:app", "--loop", "uvloop", "--port", "8000"), 1),
        ('CMD ["gunicorn", "-c", "/srv/conf.py", "main:app"]', ("gunicorn", "-c", "conf.py", "main:app"), 0),
        ('CMD ["python", "-u", "/srv/run.py"]', ("python", "-u", "run.py"), 0),
        ('CMD ["gunicorn", "--log-config=/etc/log.ini", "main:app"]', ("gunicorn", "main:app"), 1),
    ],
)
def test_an_image_is_read_as_its_kernel_or_its_shell_reads_it(lay, rest, argv, notes):
    script = "import uvicorn\nfrom main import app\nuvicorn.run(app)\n"
    files = {"main.py": APP, "conf.py": "", "run.py": script, "Dockerfile": IMAGE.format(base="python:3.12", rest=rest)}
    start = start_of(lay(files))
    assert start is not None
    assert start.argv == argv
    assert len(start.notes) == notes


def test_compose_fills_in_variables_before_any_command_runs(lay):
    compose = 'services:\n  web:\n    build: .\n    command: ["gunicorn", "main:app", "-b", ":${PORT:-9000}", "-t", "$TIMEOUT"]\n'
    files = {"main.py": APP, "docker-compose.yml": compose, "Dockerfile": IMAGE.format(base="python:3.12", rest="")}
    start = start_of(lay(files))
    assert start is not None
    assert start.argv == ("gunicorn", "main:app", "-b", ":9000")


@pytest.mark.parametrize(("base", "based"), [("python:3.12-slim", False), ("ghcr.io/x/uvicorn-gunicorn:py", True)])
def test_an_image_of_another_may_bring_a_server(lay, base, based):
    start = start_of(lay({"main.py": APP, "Dockerfile": IMAGE.format(base=base, rest='CMD ["gunicorn", "main:app"]')}))
    assert start is not None
    assert start.based is based


@pytest.mark.parametrize("document", ["README.md", "Makefile"])
def test_what_is_only_documented_is_not_run(lay, document):
    text = "run:\n\tgunicorn main:app\n" if document == "Makefile" else "```\ngunicorn main:app\n```\n"
    assert start_of(lay({"main.py": APP, document: text})) is None


def test_a_lost_module_leaves_the_command_beside_the_application_that_is_there(lay):
    read = discover(lay({"shop/main.py": APP, "shop/__init__.py": "", "Procfile": "web: uvicorn app.server:app\n"}))
    assert read.target is not None
    assert read.target.spec == "shop.main:app"
    assert read.start is not None
    assert read.start.argv == ("uvicorn", "app.server:app")


def test_another_service_is_no_lost_command(lay):
    files = {"api/main.py": APP, "api/requirements.txt": "fastapi\n", "worker/Procfile": "web: uvicorn jobs.web:app\n"}
    assert start_of(lay(files)) is None


def test_the_users_own_word_wins_over_a_command_that_names_something_else(lay):
    root = lay({"main.py": APP.replace("app =", "api ="), "Procfile": "web: uvicorn main:app\n"})
    assert discover(root).start is not None
    assert discover(root, app="main:api").start is None


@pytest.mark.parametrize(
    ("tail", "runs"),
    [
        ("import uvicorn\nuvicorn.run(app)\n", True),
        ("from uvicorn import run\ntry:\n    run('main:app')\nfinally:\n    pass\n", True),
        ("import uvicorn\nif __name__ == '__main__':\n    uvicorn.run(app)\n", False),
        ("import uvicorn\ndef main():\n    uvicorn.run(app)\n", False),
    ],
)
def test_a_target_that_serves_while_it_is_imported_is_booted_as_a_server(lay, tail, runs):
    start = start_of(lay({"main.py": APP + tail}))
    assert (start is not None and start.runs) is runs


def test_mended_files_are_read_in_place_of_the_trees(lay):
    root = lay({"main.py": APP, "Procfile": "web: uvicorn main:wrong\n"})
    again = discover(root, overrides={"Procfile": b"web: uvicorn main:app\n"})
    assert again.start is not None
    assert not again.start.runs


def test_what_an_image_installs_by_name_is_declared(lay):
    rest = "RUN apt-get update && pip install --no-cache-dir --upgrade pip 'gunicorn>=20' \\\n    -r requirements.txt\nCMD gunicorn main:app"
    files = {"main.py": APP, "requirements.txt": "fastapi\n", "Dockerfile": IMAGE.format(base="python:3.12", rest=rest)}
    chosen = [each for each in discover(lay(files)).dependencies if each.chosen]
    assert [(each.path, [one.text for one in each.requirements]) for each in chosen] == [
        ("requirements.txt", ["fastapi"]), ("Dockerfile", ["gunicorn>=20"]),
    ]  # fmt: skip

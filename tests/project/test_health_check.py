"""The path that a deployment asks for to learn whether the server is well."""

import pytest

from bootproof.project.discover import discover

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
IMAGE = 'FROM python:3.12-slim\nCOPY . .\n{check}\nCMD ["uvicorn", "main:app", "--port", "8000"]\n'
COMPOSE = """services:
  web:
    build: .
    command: uvicorn main:app --port 8000
    healthcheck:
      test: {test}
      interval: 10s
  db:
    image: postgres:16
    healthcheck:
      test: ["CMD", "pg_isready"]
"""


@pytest.mark.parametrize(
    "check",
    [
        "HEALTHCHECK CMD curl -f http://localhost:8000/up/ready || exit 1",
        "HEALTHCHECK --interval=30s --timeout=3s \\\n  CMD wget -qO- http://127.0.0.1:8000/up/ready",
        "healthcheck CMD python -c \"import urllib.request as r; r.urlopen('http://localhost:8000/up/ready')\"",
        'HEALTHCHECK CMD ["curl", "--fail", "http://localhost:8000/up/ready?deep=1"]',
        "HEALTHCHECK CMD curl -f http://localhost:${PORT:-8000}/up/ready",
    ],
)
def test_the_check_of_an_image_is_read(lay, check):
    root = lay({"main.py": APP, "Dockerfile": IMAGE.format(check=check)})
    found = discover(root).health
    assert found is not None
    assert (found.path, found.file) == ("/up/ready", "Dockerfile")
    text = (root / "Dockerfile").read_bytes()
    assert text[found.start : found.end] == b"/up/ready"
    assert text[: found.start].count(b"\n") + 1 == found.line


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_check_of_compose_is_read_where_text_before_it_is_longer_in_bytes(lay, newline):
    said = "# für alle\n" + COMPOSE.format(test='["CMD", "curl", "-f", "http://localhost:8000/ping"]')
    root = lay({"main.py": APP, "docker-compose.yml": said.replace("\n", newline)})
    found = discover(root).health
    assert found is not None
    assert (found.path, found.line) == ("/ping", 7)
    assert (root / "docker-compose.yml").read_bytes()[found.start : found.end] == b"/ping"


@pytest.mark.parametrize(
    "check",
    [
        "# HEALTHCHECK CMD curl -f http://localhost:8000/up",
        "HEALTHCHECK NONE",
        "HEALTHCHECK CMD curl -f http://localhost:9090/metrics",
        "HEALTHCHECK CMD curl -f https://status.example.com/up",
        "RUN curl -f http://localhost:8000/up",
    ],
)
def test_what_asks_another_server_or_nothing_is_no_check_of_this_one(lay, check):
    assert discover(lay({"main.py": APP, "Dockerfile": IMAGE.format(check=check)})).health is None


@pytest.mark.parametrize("other", ["worker/Dockerfile", "examples/one/Dockerfile", "tests/Dockerfile"])
def test_the_check_of_another_image_asks_another_server(lay, other):
    asked = IMAGE.format(check="HEALTHCHECK CMD curl -f http://localhost:8000/not/ours")
    assert discover(lay({"main.py": APP, "Dockerfile": IMAGE.format(check=""), other: asked})).health is None


def test_an_example_s_check_is_no_check_of_the_project_s(lay):
    asked = IMAGE.format(check="HEALTHCHECK CMD curl -f http://localhost:8000/not/ours")
    composed = COMPOSE.format(test='["CMD", "curl", "-f", "http://localhost:8000/not/ours"]')
    root = lay({"main.py": APP, "examples/one/Dockerfile": asked, "examples/two/compose.yml": composed, "examples/one/main.py": APP})
    found = discover(root, app="main:app")
    assert found.target is not None and (found.target.file, found.health) == ("main.py", None)
    assert discover(root / "examples" / "one").health is not None

"""What a start is given by compose files, as compose itself would give it."""

from pathlib import Path

from bootproof.project.discover import discover
from bootproof.rehearsal.needs import variables

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
COMPOSE = """
services:
  api:
    build: .
    command: uvicorn main:app
    env_file: web.env
    environment:
      DATABASE_URL: postgresql://${DB_USER}:${DB_WORD:-quiet}@db/${DB_NAME}
      MAIL_KEY: ${MAIL_KEY}
      PRICE: 5$$
      NOBODY: "hello ${SURELY_UNSET}!"
"""


def given(root: Path, files: dict[str, str], outside: dict[str, str] | None = None) -> dict[str, str]:
    everything = {"main.py": APP, "compose.yml": COMPOSE, "web.env": "", "Dockerfile": "FROM python:3.12\nCOPY . .\n"}
    for name, text in (everything | files).items():
        (root / name).write_text(text)
    return variables(discover(root), {}, outside or {})


def test_names_are_filled_in_from_the_file_beside_compose(tmp_path: Path) -> None:
    found = given(tmp_path, {".env": "DB_USER=clerk\nDB_NAME=till\n"})
    assert found["DATABASE_URL"] == "postgresql://clerk:quiet@db/till"
    assert (found["PRICE"], found["NOBODY"]) == ("5$", "hello !")


def test_a_lone_name_that_nothing_sets_is_no_value(tmp_path: Path) -> None:
    assert "MAIL_KEY" not in given(tmp_path, {})


def test_the_callers_environment_wins_as_it_does_for_compose(tmp_path: Path) -> None:
    found = given(tmp_path, {".env": "MAIL_KEY=from-file\n"}, {"MAIL_KEY": "from-shell"})
    assert found["MAIL_KEY"] == "from-shell"


def test_lines_of_an_env_file_name_one_another(tmp_path: Path) -> None:
    found = given(tmp_path, {"web.env": "HOST=db\nPORT=5432\nDSN=postgresql://${HOST}:${PORT}/till\n"})
    assert found["DSN"] == "postgresql://db:5432/till"

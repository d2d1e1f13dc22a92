"""Settings: exact places of values, who reads them, what the code asks for."""



import shutil
import string
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bootproof.project.discover import discover
from bootproof.project.envfiles import read_env
from bootproof.project.sources import Sources

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def raw(root, value):
    return (root / value.file).read_bytes()[value.start : value.end].decode()


def loaded(project):
    return {each.file for each in project.settings if each.loaded}


def test_every_form_of_line_keeps_its_place(lay):
    text = (
        '\r\n# note\r\nPLAIN=a b  # why\r\nexport SINGLE = \'p#q\'\r\nDOUBLE="é\\"x"\r\nEMPTY=\r\nURL=postgresql://u:p@h/d?x=1&y=#z\r\n'
        "MANY='one\r\ntwo'\r\nBARE\r\nLAST=ü"
    )
    root = lay({"main.py": APP, ".env": text})
    found = {each.key: each for each in discover(root).settings}
    assert {key: (raw(root, each), each.line) for key, each in found.items()} == {
        "PLAIN": ("a b", 3), "SINGLE": ("p#q", 4), "DOUBLE": ('é\\"x', 5), "EMPTY": ("", 6),
        "URL": ("postgresql://u:p@h/d?x=1&y=#z", 7), "MANY": ("one\r\ntwo", 8), "LAST": ("ü", 11),
    }  # fmt: skip
    assert found["DOUBLE"].value == 'é"x'
    assert "postgresql" not in repr(found["URL"])


def test_images_and_compose_services_keep_their_places(lay):
    root = lay(
        {
            "main.py": APP,
            "Dockerfile": "FROM python\nENV A=1 B=\"two ü\" \\\n    C='3 4'\nENV OLD old value\nCOPY . /a\nWORKDIR /a\nCMD uvicorn main:app\n",
            "docker-compose.yml": 'x-common: &common\n  ZED: "ü z"\nservices:\n  db:\n    image: postgres\n    environment: {P: secret}\n'
            "  api:\n    build: .\n    environment:\n      <<: *common\n      URL: postgresql://é:p@h/d\n      Q: 'it'\n",
            "docker-compose.override.yml": 'services:\n  api:\n    build: .\n    environment:\n      - KEY=val=ue\n      - "QUOTED=a b"\n      - PASSED\n',
        }
    )
    project = discover(root)
    found = {(each.source, each.key): raw(root, each) for each in project.settings}
    assert found == {
        ("dockerfile", "A"): "1", ("dockerfile", "B"): "two ü", ("dockerfile", "C"): "3 4", ("dockerfile", "OLD"): "old value",
        ("compose", "ZED"): "ü z", ("compose", "URL"): "postgresql://é:p@h/d", ("compose", "Q"): "it",
        ("compose", "KEY"): "val=ue", ("compose", "QUOTED"): "a b",
    }  # fmt: skip
    assert not loaded(project)


_KEYS = st.text(string.ascii_uppercase + "_", min_size=1, max_size=6)
_PLAIN = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"), blacklist_characters="'\"\\#\x85"),
    max_size=12,
)


@given(
    st.lists(
        st.tuples(_KEYS, _PLAIN, st.sampled_from(["", "'", '"']), st.sampled_from(["", "export ", " "])),
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "  # remark"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_place_of_a_value_holds_the_value(tmp_path, rows, end, remark):
    rows = [(key, value.strip() if not quote else value, quote, lead) for key, value, quote, lead in rows]
    # `KEY=  # remark` is no empty value: python-dotenv takes the remark for it.
    data = "".join(
        f"{lead}{key}={quote}{value}{quote}{remark if value or quote else ''}{end}"
        for key, value, quote, lead in rows
    ).encode()
    found = list(read_env(Sources(tmp_path), ".env", data, "env-file", True, None))
    assert [(each.key, each.value) for each in found] == [(key, value) for key, value, _, _ in rows]
    for index, each in enumerate(found):
        assert data[each.start : each.end].decode() == each.value
        assert each.line == index + 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": APP, ".env": "A=1\n"}, set()),
        ({"main.py": "from dotenv import load_dotenv\nload_dotenv()\n" + APP, ".env": "A=1\n"}, {".env"}),
        ({"svc/main.py": "from dotenv import load_dotenv\nload_dotenv()\n" + APP, ".env": "A=1\n"}, {".env"}),
        (
            {"main.py": "from pathlib import Path\nfrom dotenv import load_dotenv\nHERE = Path(__file__).resolve().parent\n"
             "load_dotenv(HERE / 'conf' / '.env.prod')\n" + APP, ".env": "A=1\n", "conf/.env.prod": "A=2\n"},
            {"conf/.env.prod"},
        ),
        (
            {"main.py": "import os\nfrom dotenv import load_dotenv\n"
             "load_dotenv(os.path.join(os.path.dirname(__file__), '.env.local'))\n" + APP, ".env.local": "A=1\n"},
            {".env.local"},
        ),
        (
            {"main.py": "from conf import s\n" + APP, "conf.py": "from pydantic_settings import *\nclass S(BaseSettings):\n"
             "    model_config = SettingsConfigDict(env_file=('.env', '.env.prod'))\ns = S()\n",
             ".env": "A=1\n", ".env.prod": "A=2\n", ".env.example": "A=\n"},
            {".env", ".env.prod"},
        ),
        (
            {"main.py": "from conf import s\n" + APP, "conf.py": "from pydantic import BaseSettings\nclass S(BaseSettings):\n"
             "    class Config:\n        env_file = '.env'\ns = S()\n", ".env": "A=1\n"},
            {".env"},
        ),
        ({"main.py": "from decouple import config\nx = config('A')\n" + APP, ".env": "A=1\n"}, {".env"}),
        ({"main.py": "from starlette.config import Config\nc = Config('.env')\n" + APP, ".env": "A=1\n"}, {".env"}),
        ({"main.py": "from environs import Env\nenv = Env()\nenv.read_env()\n" + APP, ".env": "A=1\n"}, {".env"}),
        ({"main.py": APP, ".env": "A=1\n", "Procfile": "web: uvicorn main:app --env-file .env\n"}, {".env"}),
        ({"main.py": APP, ".env": "A=1\n", "Procfile": "web: uv run --env-file .env uvicorn main:app\n"}, {".env"}),
        # in the home of whoever runs it, not in the project
        (
            {"main.py": "from conf import s\n" + APP, "conf.py": "import os\nfrom pydantic import BaseSettings\nclass S(BaseSettings):\n"
             "    class Config:\n        env_file = os.path.expanduser('~/.env')\ns = S()\n", ".env": "A=1\n"},
            set(),
        ),
        # pydantic looks in the working directory, and the file lies above it.
        (
            {"api/main.py": "import conf\n" + APP, "api/conf.py": "from pydantic_settings import BaseSettings\n"
             "class S(BaseSettings):\n    model_config = {'env_file': '.env'}\n", ".env": "A=1\n", "Procfile": "web: cd api && uvicorn main:app\n"},
            set(),
        ),
    ],
)  # fmt: skip
def test_which_files_the_project_reads_itself(lay, files, expected):
    assert loaded(discover(lay(files))) == expected


def test_the_file_that_wins_comes_first(lay):
    root = lay(
        {
            "main.py": "from conf import s\n" + APP,
            "conf.py": "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n"
            "    model_config = dict(env_file=['.env', '.env.late'])\ns = S()\n",
            ".env": "A=1\n", ".env.late": "A=2\n", "own.env": "A=3\n", ".env.example": "A=4\n",
        }
    )  # fmt: skip
    project = discover(root, env_files=[root / "own.env"])
    assert [(each.file, each.source) for each in project.settings] == [
        ("own.env", "option"), (".env.late", "env-file"), (".env", "env-file"), (".env.example", "env-file"),
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_says_what_is_committed(lay):
    root = lay(
        {
            "main.py": APP,
            ".env": "A=1\n",
            ".env.prod": "A=1\n",
            ".env.new": "A=1\n",
            ".gitignore": ".env.prod\n",
        }
    )
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    subprocess.run(["git", "add", ".env"], cwd=root, check=True)
    told = {each.file: each.committed for each in discover(root).settings}
    assert told == {".env": True, ".env.prod": False, ".env.new": None}


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [("", None), ("*.env\n.env*\n!.env.example\n", False), ("/back/.env\n", False), ("back/\n", False), ("/.env\n", None),
     (".env\n!.env\n", None), ("**/.env\n", False)],
)  # fmt: skip
def test_without_a_repository_the_ignore_file_is_read(lay, ignore, expected):
    root = lay({"back/main.py": APP, "back/.env": "A=1\n", ".gitignore": ignore})
    (value,) = discover(root).settings
    assert value.committed is expected


def test_fields_and_variables_that_the_code_asks_for(lay):
    root = lay(
        {
            "main.py": "from conf import Own\nimport more\n" + APP,
            "base.py": "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
            "class Base(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SVC_')\n    url: str\n",
            "conf.py": "from typing import ClassVar\nfrom pydantic import Field, AliasChoices\nfrom base import Base\n"
            "class Own(Base):\n    token: str = Field(...)\n    key: str = Field(validation_alias=AliasChoices('KEY_A', 'key_b'))\n"
            "    size: int = 3\n    hidden: ClassVar[int] = 1\n    made: list[str] = Field(default_factory=list)\n    note: str | None = None\n",
            "more.py": "import os\nfrom os import environ, getenv\nfrom decouple import config\nfrom environs import Env\nenv = Env()\n"
            "a = os.environ['AA']\nb = environ.get('BB')\nc = getenv('CC', '1')\nd = config('DD')\ne = config('EE', default=1)\n"
            "f = env.str('FF')\ng = env.int('GG', 3)\nos.environ['SET'] = 'x'\n",
        }
    )
    found = {each.name: (each.owner, each.required, each.variables) for each in discover(root).fields}
    assert found == {
        "url": ("Base", True, ("SVC_URL",)), "token": ("Own", True, ("SVC_TOKEN",)), "key": ("Own", True, ("KEY_A", "KEY_B")),
        "size": ("Own", False, ("SVC_SIZE",)), "made": ("Own", False, ("SVC_MADE",)), "note": ("Own", False, ("SVC_NOTE",)),
        "AA": ("", True, ("AA",)), "BB": ("", False, ("BB",)), "CC": ("", False, ("CC",)), "DD": ("", True, ("DD",)),
        "EE": ("", False, ("EE",)), "FF": ("", True, ("FF",)), "GG": ("", False, ("GG",)),
    }  # fmt: skip


def test_nothing_of_a_secret_is_in_notes_reasons_or_repr(lay):
    root = lay(
        {
            "main.py": "from dotenv import load_dotenv\nload_dotenv()\n" + APP,
            ".env": "TOKEN=hunter2\n'hunter2 broken\n",
        }
    )
    project = discover(root)
    assert any(each.value == "hunter2" for each in project.settings)
    assert "hunter2" not in repr(project)


def test_files_that_compose_gives_to_a_service_are_its_environment(lay):
    compose = "services:\n  web:\n    build: .\n    env_file:\n      - ./web.env\n      - path: conf/db.env\n"
    entry = '#!/bin/sh\nexec uvicorn main:app\n'
    root = lay(
        {
            "main.py": APP, "docker-compose.yml": compose, "start.sh": entry, "web.env": "MODE=one\n",
            "conf/db.env": "HOST=db\n", "other.env": "MODE=two\n",
            "Dockerfile": 'FROM python:3.12\nCOPY . /srv\nWORKDIR /srv\nENTRYPOINT ["sh", "start.sh"]\n',
        }
    )  # fmt: skip
    found = {(each.key, each.file, each.source, each.loaded) for each in discover(root).settings}
    assert found == {
        ("MODE", "web.env", "compose", False), ("HOST", "conf/db.env", "compose", False), ("MODE", "other.env", "env-file", False),
    }  # fmt: skip


def test_assignments_before_the_words_of_a_start_command(lay):
    text = "# Run\n\n```shell\n$ MODE=local DEPTH=3 uvicorn main:app --reload\n```\n"
    root = lay({"README.md": text, "main.py": "from fastapi import FastAPI\napp = FastAPI()\n", "requirements.lock": "fastapi\n"})
    project = discover(root)
    found = [each for each in project.settings if each.source == "shell"]
    assert [(each.key, each.value, each.file, each.line) for each in found] == [
        ("MODE", "local", "README.md", 4), ("DEPTH", "3", "README.md", 4),
    ]  # fmt: skip
    assert [(text[each.start : each.end]) for each in found] == ["local", "3"]
    steps = lay({"README.md": text.replace("uvicorn main:app", "alembic upgrade head"), "main.py": "", "alembic.ini": "[alembic]\nscript_location = m\n", "m/env.py": ""})
    assert [each.key for each in discover(steps).settings if each.source == "procfile"] == ["MODE", "DEPTH"]
    assert [(each.path, each.format, each.chosen) for each in project.dependencies] == [("requirements.lock", "requirements", True)]


@pytest.mark.parametrize(
    ("recipe", "given"),
    [
        ("source ./ops/.env.local && uvicorn main:app", {"HALL"}),
        ("set -a; . ops/.env.local; set +a; uvicorn main:app", {"HALL", "DOOR"}),
        ("set -o allexport && . ops/.env.local && uvicorn main:app", {"HALL", "DOOR"}),
        ("set -a && set +a && \\\n\tsource ops/.env.local && \\\n\tuvicorn main:app", {"HALL"}),
        ("uvicorn main:app && source ops/.env.local", set()),
    ],
)
def test_a_shell_reads_a_settings_file_before_the_server(lay, recipe, given):
    files = {"main.py": APP, "Makefile": f"run:\n\t{recipe}\n", "ops/.env.local": "export HALL='main one'\nDOOR=7\n"}
    root = lay(files)
    found = [each for each in discover(root).settings if each.source == "shell"]
    assert {each.key for each in found} == given
    assert all(raw(root, each) == "main one" for each in found if each.key == "HALL")

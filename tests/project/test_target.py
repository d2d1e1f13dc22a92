"""Which application is found, from where it is started, and why."""



import pytest

from bootproof.project.discover import discover
from bootproof.project.errors import (
    EnvFileNotFound,
    NothingToRead,
    ProjectError,
    RootNotAFolder,
    RootNotFound,
    TargetNotFound,
)

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def target_of(root, **options):
    project = discover(root, **options)
    assert project.target is not None, project.notes
    return project.target


@pytest.mark.parametrize(
    ("files", "spec", "directory", "path"),
    [
        ({"main.py": APP}, "main:app", ".", (".",)),
        ({"shop/main.py": APP, "shop/__init__.py": ""}, "shop.main:app", ".", (".",)),
        ({"shop/main.py": APP + "from shop import db\n", "shop/db.py": ""}, "shop.main:app", ".", (".",)),
        # A flat folder whose modules import each other without a package.
        ({"api/main.py": "import db\n" + APP, "api/db.py": ""}, "main:app", "api", ("api",)),
        (
            {"backend/requirements.txt": "fastapi\n", "backend/src/main.py": APP, "frontend/package.json": "{}"},
            "src.main:app", "backend", ("backend",),
        ),
        (
            {"backend/.env": "A=1\n", "backend/src/main.py": "import conf\n" + APP, "backend/src/conf.py": ""},
            "main:app", "backend", ("backend/src",),
        ),
        (
            {
                "pyproject.toml": "[build-system]\nrequires=['hatchling']\n[project]\nname='w'\ndependencies=[]\n",
                "src/wares/__init__.py": "", "src/wares/web.py": "from wares import db\n" + APP, "src/wares/db.py": "",
            },
            "wares.web:app", ".", ("src",),
        ),
        ({"a/b/__init__.py": "", "a/b/asgi.py": "from . import c\n" + APP, "a/b/c.py": ""}, "b.asgi:app", "a", ("a",)),
    ],
)  # fmt: skip
def test_layout_is_told_from_the_imports(lay, files, spec, directory, path):
    target = target_of(lay(files))
    assert (target.spec, target.directory, target.path) == (spec, directory, path)


@pytest.mark.parametrize(
    ("source", "attribute", "call", "interface"),
    [
        ("from fastapi import FastAPI as Api\nservice = Api(title='x')\n", "service", False, "asgi"),
        ("import fastapi\napp: fastapi.FastAPI = fastapi.FastAPI()\n", "app", False, "asgi"),
        ("from starlette.applications import Starlette\nsite = Starlette(routes=[])\n", "site", False, "asgi"),
        ("from litestar import Litestar\napp = Litestar([])\n", "app", False, "asgi"),
        ("from flask import Flask\napp = Flask(__name__)\n", "app", False, "wsgi"),
        (
            "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
            "application", False, "wsgi",
        ),
        ("from fastapi import FastAPI\ndef build() -> FastAPI:\n    return FastAPI()\n", "build", True, "asgi"),
        ("from fastapi import FastAPI\ndef make(x=1):\n    a = FastAPI()\n    return a\n", "make", True, "asgi"),
        (
            "from fastapi import FastAPI\ndef make(x):\n    a = FastAPI()\n    return a\napp = make(1)\n",
            "app", False, "asgi",
        ),
        (
            "from fastapi import FastAPI\nimport socketio\napp = FastAPI()\n"
            "app = socketio.ASGIApp(socketio.AsyncServer(), app)\n",
            "app", False, "asgi",
        ),
        ("from fastapi import FastAPI\nclass Api(FastAPI):\n    pass\napp = Api()\n", "app", False, "asgi"),
        ("from fastapi import FastAPI\nif True:\n    app = FastAPI()\n", "app", False, "asgi"),
    ],
)  # fmt: skip
def test_application_objects_and_factories_are_recognised(lay, source, attribute, call, interface):
    target = target_of(lay({"web.py": source}))
    assert (target.attribute, target.call, target.interface) == (attribute, call, interface)


def test_factory_in_another_module(lay):
    root = lay(
        {
            "inv/factory.py": "from fastapi import FastAPI\ndef create_app(debug):\n    app = FastAPI()\n    return app\n",
            "inv/entry.py": "from inv.factory import create_app\nthing = create_app(True)\n",
        }
    )
    assert target_of(root).spec == "inv.entry:thing"


def test_wrapper_in_another_module_is_found(lay):
    root = lay(
        {
            "core.py": "from fastapi import FastAPI\ninner = FastAPI()\n",
            "asgi.py": "from core import inner\nfrom x import GuardMiddleware\napp = GuardMiddleware(inner)\n",
        }
    )
    assert "asgi:app" in {each.spec for each in discover(root).candidates}


@pytest.mark.parametrize(
    ("name", "text", "host", "port"),
    [
        ("Procfile", "web: uvicorn app.main:app --host 0.0.0.0 --port ${PORT:-8123}\n", "0.0.0.0", 8123),
        ("Procfile", "web: gunicorn -w 2 -k uvicorn.workers.UvicornWorker app.main:app -b 0.0.0.0:9001\n", "0.0.0.0", 9001),
        ("Dockerfile", 'FROM python\nWORKDIR /srv\nCOPY . .\nEXPOSE 7000\nCMD ["uvicorn", "app.main:app"]\n', None, 7000),
        ("Dockerfile", "FROM python\nENV PORT=6001\nCOPY . /x\nWORKDIR /x\nCMD uvicorn app.main:app --port $PORT\n", None, 6001),
        ("compose.yaml", "services:\n  w:\n    image: python\n    volumes: ['.:/a']\n    working_dir: /a\n"
            "    command: uvicorn app.main:app --port 4000\n", None, 4000),
        ("README.md", "# Run\n\n```sh\n$ uvicorn app.main:app --reload --port 5000\n```\n", None, 5000),
        ("README.rst", "Run ``uvicorn app.main:app --port 5001`` now\n", None, 5001),
        ("justfile", "run:\n    uv run uvicorn app.main:app --port 5002\n", None, 5002),
        ("Makefile", "run:\n\t@poetry run uvicorn app.main:app --port 5003\n", None, 5003),
        ("scripts/start.sh", "#!/bin/sh\nexec uvicorn app.main:app --port 5004\n", None, 5004),
        ("pyproject.toml", '[tool.fastapi]\nentrypoint = "app.main:app"\n', None, None),
        ("fly.toml", '[processes]\nweb = "uvicorn app.main:app"\n[http_service]\ninternal_port = 5005\n', None, 5005),
        ("render.yaml", "services:\n  - startCommand: fastapi run app/main.py --port 5006\n", "0.0.0.0", 5006),
        ("run.py", 'import uvicorn\nuvicorn.run("app.main:app", host="127.0.0.1", port=5007)\n', "127.0.0.1", 5007),
        ("run.py", 'import os, uvicorn\nP = int(os.getenv("PORT", "5008"))\n'
            'uvicorn.run("app.main:app", port=P)\n', None, 5008),
        ("run.py", 'import uvicorn\nfrom app.main import app\nuvicorn.run(app, port=5009)\n', None, 5009),
    ],
)  # fmt: skip
def test_start_command_decides_among_candidates(lay, name, text, host, port):
    other = "from fastapi import FastAPI, APIRouter\nr = APIRouter()\napp = FastAPI()\n"
    root = lay({"app/__init__.py": "", "app/main.py": APP, "other.py": other, name: text})
    target = target_of(root)
    assert (target.spec, target.host, target.port) == ("app.main:app", host, port)
    assert target.evidence[0].file == name
    assert any("named by a start command" in each.text for each in target.evidence)


def test_image_copies_a_folder_and_an_entry_script_starts_the_command(lay):
    root = lay(
        {
            "docker/api.Dockerfile": "FROM python:3.12 AS base\nWORKDIR /code\nCOPY services/api /code\n"
            'COPY docker/entry.sh /entry.sh\nFROM base\nENTRYPOINT ["/entry.sh"]\nCMD ["uvicorn", "wire.web:app"]\n',
            "docker/entry.sh": '#!/bin/bash\nset -euo pipefail\npython -m wire.seed\nexec "$@" --port 8085\n',
            "services/api/wire/web.py": APP,
            "services/api/wire/seed.py": "",
        }
    )
    project = discover(root)
    assert project.target.directory == "services/api"
    assert (project.target.spec, project.target.port) == ("wire.web:app", 8085)
    assert [each.argv for each in project.prestart] == [("python", "-m", "wire.seed")]
    assert project.prestart[0].directory == "services/api"


def test_pythonpath_of_an_image_goes_on_the_path(lay):
    root = lay(
        {
            "Dockerfile": "FROM python\nWORKDIR /app\nCOPY . /app\nENV PYTHONPATH=/app/libs\nCMD uvicorn main:app\n",
            "libs/common/__init__.py": "",
            "main.py": "import common\n" + APP,
        }
    )
    assert target_of(root).path == (".", "libs")


def test_a_shells_variable_is_nothing_to_an_image(lay):
    root = lay(
        {
            "Dockerfile": "FROM python\nWORKDIR /\nENV PYTHONPATH $PWD/notes\nCOPY ./notes/web /notes/web\nCMD uvicorn web.main:app\n",
            "notes/web/main.py": "import web.models\n" + APP,
            "notes/web/models.py": "",
        }
    )
    start = discover(root).start
    assert start is not None and start.path == ("notes",)


def test_an_image_that_gets_its_code_from_a_mount_says_nothing_of_its_place(lay):
    root = lay(
        {
            "docker/Dockerfile.dev": "FROM python\nWORKDIR /srv\nCOPY requirements.txt .\nCMD uvicorn shop.web:app\n",
            "requirements.txt": "",
            "backend/shop/web.py": "from shop import models\n" + APP,
            "backend/shop/models.py": "",
        }
    )
    project = discover(root)
    assert (project.target.spec, project.target.directory, project.start) == ("shop.web:app", "backend", None)


def test_the_application_that_the_user_names_by_another_word_than_the_code_that_serves_it(lay):
    serve = 'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run("web.app:app")\n'
    root = lay({"one/main.py": serve, "one/web/app.py": APP, "two/main.py": serve, "two/web/app.py": APP})
    assert target_of(root, app="one/web/app.py:app").file == "one/web/app.py"


def test_imports_that_do_not_resolve_are_not_helped_by_a_guess(lay):
    """`uvicorn src.main:app` with `import core` inside src fails in reality: it must fail for us too."""
    root = lay(
        {
            "Procfile": "web: uvicorn src.main:app\n",
            "src/main.py": "import core\n" + APP,
            "src/core/__init__.py": "",
        }
    )
    target = target_of(root)
    assert (target.spec, target.directory, target.path) == ("src.main:app", ".", (".",))


def test_app_dir_and_factory_options(lay):
    root = lay(
        {
            "Procfile": "web: uvicorn --factory --app-dir service build:create\n",
            "service/build.py": "from fastapi import FastAPI\ndef create():\n    return FastAPI()\n",
        }
    )
    target = target_of(root)
    assert (target.spec, target.directory, target.path, target.call) == (
        "build:create",
        ".",
        ("service",),
        True,
    )


def test_most_routers_decide_where_no_command_does(lay):
    root = lay(
        {
            "one/main.py": APP,
            "two/main.py": "from two.r import r\n" + APP,
            "two/r.py": "from fastapi import APIRouter\nr = APIRouter()\n",
        }
    )
    target = target_of(root)
    assert target.file == "two/main.py"
    assert "imports most routers" in target.evidence[-1].text


def test_equal_candidates_leave_the_choice_to_the_user(lay):
    project = discover(lay({"left/main.py": APP, "right/main.py": APP}))
    assert project.target is None
    assert len(project.candidates) == 2
    assert any("--app" in note for note in project.notes)


def test_tests_and_examples_do_not_win(lay):
    root = lay(
        {"tests/main.py": APP, "examples/app.py": APP, "deep/er/service/thing.py": APP.replace("app", "svc")}
    )
    assert target_of(root).attribute == "svc"


def test_mounted_application_is_not_the_target(lay):
    source = "from fastapi import FastAPI\nsub = FastAPI()\nouter = FastAPI()\nouter.mount('/v1', sub)\n"
    assert target_of(lay({"main.py": source})).attribute == "outer"


@pytest.mark.parametrize("app", ["svc.web:other", "svc/web.py:other"])
def test_the_users_word_overrides(lay, app):
    root = lay(
        {
            "svc/web.py": APP + "other = FastAPI()\n",
            "Procfile": "web: uvicorn svc.web:app\n",
            "svc/__init__.py": "",
        }
    )
    target = target_of(root, app=app)
    assert target.spec == "svc.web:other"
    assert "--app" in target.evidence[0].text


def test_start_command_may_name_an_attribute_that_is_missing(lay):
    root = lay({"web.py": "from fastapi import FastAPI\n", "Procfile": "web: uvicorn web:service\n"})
    assert target_of(root).spec == "web:service"


def test_start_command_of_a_missing_module_is_noted(lay):
    project = discover(lay({"web.py": APP, "Procfile": "web: uvicorn gone.main:app\n"}))
    assert project.target.spec == "web:app"
    assert any("gone.main" in note and "Procfile:1" in note for note in project.notes)


def test_what_cannot_be_read_raises_one_line_with_a_next_step(lay, tmp_path):
    file = tmp_path / "x.py"
    file.write_text("")
    empty = tmp_path / "empty"
    empty.mkdir()
    root = lay({"readme.txt": "x"})
    cases = [
        (tmp_path / "no", RootNotFound),
        (file, RootNotAFolder),
        (empty, NothingToRead),
        (root, NothingToRead),
    ]
    for path, kind in cases:
        with pytest.raises(kind) as caught:
            discover(path)
        assert isinstance(caught.value, ProjectError)
        assert "\n" not in str(caught.value) and ";" in str(caught.value)
    lay({"main.py": APP})
    for app in ("nowhere:app", "nonsense", "gone/main.py:app"):
        with pytest.raises(TargetNotFound):
            discover(root, app=app)
    with pytest.raises(EnvFileNotFound):
        discover(root, env_files=[tmp_path / "none.env"])


def test_broken_files_are_named_and_do_not_stop_discovery(lay):
    root = lay(
        {
            "main.py": APP, "odd/a.py": "def f(:\n", "odd/nul.py": b"x = 1\0\n", "odd/latin.py": b"x = '\xe9'\n",
            "compose.yml": "services: [\n", "pyproject.toml": "[project\n", "alembic.ini": "[alembic]\nbroken\n",
            "deep.py": "x = " + "(" * 3000 + ")" * 3000 + "\n",
        }
    )  # fmt: skip
    project = discover(root)
    named = {each.file: each for each in project.unreadable}
    assert {
        "odd/a.py",
        "odd/nul.py",
        "odd/latin.py",
        "compose.yml",
        "pyproject.toml",
        "alembic.ini",
        "deep.py",
    } <= set(named)
    assert named["odd/a.py"].line == 1
    assert all(each.reason for each in project.unreadable)
    assert project.target.spec == "main:app"


@pytest.mark.parametrize(
    "content",
    [
        "from fastapi import FastAPI\napi: FastAPI = fastapi.FastAPI(\n\n@api.get('/')\n",
        ("from fastapi import FastAPI\napi = FastAPI()\n").encode("utf-16"),
        "<<<<<<< HEAD\nfrom fastapi import FastAPI\napi = FastAPI()\n",
    ],
)
def test_application_of_a_file_that_does_not_parse_is_found_by_its_text(lay, content) -> None:
    target = target_of(lay({"svc/web.py": content, "svc/__init__.py": ""}))
    assert target.spec == "svc.web:api"

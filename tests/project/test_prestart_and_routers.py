"""What runs before the server; which routers are declared and included; migrations and imports."""



import pytest

from bootproof.project.discover import discover

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
INI = "[alembic]\nscript_location = %(here)s/migrations\n"


def argvs(project):
    return [" ".join(each.argv) for each in project.prestart]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Procfile": "release: alembic upgrade head\nweb: uvicorn main:app\n"}, ["alembic upgrade head"]),
        ({"Procfile": "web: python manage.py migrate && python seed.py; uvicorn main:app && python after.py\n"},
         ["python manage.py migrate", "python seed.py"]),
        ({"start.sh": "set -e\necho hi\nuntil nc -z db 5432; do sleep 1; done\nif [ -n \"$M\" ]; then\n  alembic upgrade head\n"
          "else\n  echo no\nfi\npython -m jobs.load &\nexec uvicorn main:app\n", "Procfile": "web: bash start.sh\n"},
         ["alembic upgrade head"]),
        ({"fly.toml": "[deploy]\nrelease_command = 'alembic upgrade head'\n[processes]\napp = 'uvicorn main:app'\n"},
         ["alembic upgrade head"]),
        ({"Dockerfile": "FROM python\nWORKDIR /a\nCOPY . .\nCMD [\"sh\", \"-c\", \"alembic upgrade head && uvicorn main:app\"]\n"},
         ["alembic upgrade head"]),
        ({"Dockerfile": "FROM python\nWORKDIR /a\nCOPY . .\nCMD bash -c 'poetry run alembic upgrade head || exit 1; exec uvicorn main:app'\n"},
         ["alembic upgrade head"]),
        ({"compose.yml": "services:\n  setup:\n    build: .\n    command: bash ops/pre.sh\n  api:\n    build: .\n"
          "    command: uvicorn main:app\n    depends_on:\n      setup: {condition: service_completed_successfully}\n",
          "Dockerfile": "FROM python\nWORKDIR /a\nCOPY . /a\n", "ops/pre.sh": "#! /usr/bin/env bash\nset -x\npython app/wait_for_db.py\n"
          "alembic upgrade head\npython -m app.initial_data\n"},
         ["alembic upgrade head", "python -m app.initial_data"]),
        ({"README.md": "```\npip install -r requirements.txt\ncreatedb x\nalembic upgrade head\npytest\nuvicorn main:app\n```\n",
          "alembic.ini": INI}, ["alembic upgrade head"]),
        ({"README.md": "Then run `alembic upgrade head`.\n", "alembic.ini": INI}, ["alembic upgrade head"]),
        ({"README.md": "Apply it using the alembic upgrade command.\n\n    $ alembic upgrade heads\n", "alembic.ini": INI},
         ["alembic upgrade heads"]),
        ({"README.md": "Migrate with the alembic upgrade command.\n", "alembic.ini": INI}, []),
        ({"ops/prestart.sh": "python wait_for_it.py\nuv run alembic upgrade head\npython seed.py\n", "alembic.ini": INI},
         ["alembic upgrade head", "python seed.py"]),
        ({"Procfile": "web: uvicorn main:app\n"}, []),
        # a deployment that starts without migrations, on tables of its own making
        ({"README.md": "```\nalembic upgrade head\n```\n", "alembic.ini": INI, "Procfile": "web: uvicorn main:app\n",
          "main.py": APP + "Base.metadata.create_all(engine)\n"}, []),
        ({"README.md": "```\nalembic upgrade head\n```\n", "alembic.ini": INI,
          "main.py": APP + "Base.metadata.create_all(engine)\n"}, ["alembic upgrade head"]),
        ({"README.md": "```\nalembic upgrade head\n```\n", "alembic.ini": INI, "Procfile": "web: uvicorn main:app\n",
          "seed.py": "Base.metadata.create_all(engine)\n"}, ["alembic upgrade head"]),
    ],
)  # fmt: skip
def test_only_what_runs_before_the_server_and_matters(lay, files, expected):
    assert argvs(discover(lay({"main.py": APP, **files}))) == expected


def test_functions_case_branches_and_here_documents_in_an_entry_script(lay):
    script = (
        '#!/bin/bash\nmigrate() {\n  alembic upgrade head\n}\ncat <<EOF\npython not_run.py\nEOF\ncase "$1" in\n'
        "  web)\n    migrate\n    shift\n    exec uvicorn main:app --port 8200\n    ;;\nesac\n"
    )
    root = lay({"main.py": APP, "entry.sh": script, "Procfile": "web: ./entry.sh web\n"})
    project = discover(root)
    assert argvs(project) == ["alembic upgrade head"]
    assert project.target.port == 8200
    assert project.prestart[0].evidence[0].file == "entry.sh"


def test_scripts_that_call_each_other_end(lay):
    root = lay(
        {
            "main.py": APP,
            "a.sh": "bash b.sh\n",
            "b.sh": "bash a.sh\nuvicorn main:app\n",
            "Procfile": "web: bash a.sh\n",
        }
    )
    assert discover(root).target.spec == "main:app"


def test_migrations_that_nothing_runs_are_noted(lay):
    files = {"main.py": APP, "alembic.ini": INI, "migrations/env.py": "from main import app\n"}
    project = discover(lay(files))
    assert project.prestart == ()
    assert (project.migrations[0].ini, project.migrations[0].scripts) == ("alembic.ini", "migrations")
    assert any("alembic upgrade" in note for note in project.notes)
    made = discover(lay({"db.py": "Base.metadata.create_all(engine)\n"}))
    assert not any("alembic upgrade" in note for note in made.notes)


def test_alembic_in_pyproject_and_in_a_package(lay):
    root = lay(
        {
            "main.py": APP, "pyproject.toml": "[tool.alembic]\nscript_location = '%(here)s/db/rev'\n", "db/rev/env.py": "",
            "sub/alembic.ini": "[alembic]\nscript_location = shop:moves\n", "shop/moves/env.py": "",
        }
    )  # fmt: skip
    assert {(each.ini, each.scripts) for each in discover(root).migrations} == {
        ("pyproject.toml", "db/rev"), ("sub/alembic.ini", "shop/moves"),
    }  # fmt: skip


ROUTER = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/{name}')\ndef f(): ...\n"


@pytest.mark.parametrize(
    "main",
    [
        "from api.cats import router\napp.include_router(router)\n",
        "from api.cats import router as r\napp.include_router(router=r, prefix='/x')\n",
        "from api import cats\napp.include_router(cats.router)\n",
        "import api.cats\napp.include_router(api.cats.router)\n",
        "from api import cats as c\nfor m in (c,):\n    app.include_router(m.router)\n",
        "from api.cats import router\nALL = [router]\nfor each in ALL:\n    app.include_router(each)\n",
        "from api.cats import router\nALL = [(router, '/x')]\nfor each, prefix in ALL:\n    app.include_router(each, prefix=prefix)\n",
        "from api.cats import router\nALL = {'/x': router}\nfor prefix, each in ALL.items():\n    app.include_router(each, prefix=prefix)\n",
        "from api import everything\napp.include_router(everything)\n",
        "from api.lists import routers\nfor r in routers:\n    app.include_router(r)\n",
        "from api.cats import router\napp.mount('/x', router)\n",
        "def setup(app):\n    from api.cats import router\n    app.include_router(router)\nsetup(app)\n",
        "from api.cats import router\napp = FastAPI(routes=router.routes)\n",
        "import importlib\nfor n in ['cats']:\n    app.include_router(importlib.import_module('api.' + n).router)\n",
    ],
)
def test_a_router_that_is_included_by_any_way_counts(lay, main):
    root = lay(
        {
            "main.py": APP + main, "api/__init__.py": "from .cats import router as everything\n", "api/cats.py": ROUTER,
            "api/lists.py": "from . import cats\nrouters = [cats.router]\n",
        }
    )  # fmt: skip
    (router,) = discover(root).routers
    assert (router.module, router.included, router.paths) == ("api.cats", True, ("/{name}",))


@pytest.mark.parametrize(
    "main",
    ["", "from api import cats\n", "from api import dogs\napp.include_router(dogs.router)\n", "app.include_router(get_router())\n",
     "from gone import thing\napp.include_router(thing)\n"],
)  # fmt: skip
def test_a_router_that_nothing_includes_is_told(lay, main):
    root = lay(
        {
            "main.py": APP + main,
            "api/__init__.py": "",
            "api/cats.py": ROUTER,
            "api/dogs.py": ROUTER.replace("name", "n"),
        }
    )
    found = {each.module: each.included for each in discover(root).routers}
    assert found["api.cats"] is False


def test_a_file_that_does_not_parse_may_include_any_router(lay):
    root = lay({"main.py": APP + "import api.all\n", "api/all.py": "app.include_router(cats.router\n", "api/cats.py": ROUTER})
    project = discover(root)
    assert [each.included for each in project.routers] == [True]
    assert any("api/all.py" in note for note in project.notes)


def test_routes_of_other_files_and_other_kinds_count(lay):
    root = lay(
        {
            "main.py": APP + "from web import base, views\napp.include_router(base.r)\n", "web/__init__.py": "",
            "web/base.py": "from fastapi import APIRouter\nclass Own(APIRouter):\n    pass\nr = Own()\n",
            "web/views.py": "from web.base import r\n@r.websocket('/ws')\nasync def w(): ...\nr.add_api_route('/add', w)\n"
            "@r.api_route(path='/any', methods=['GET'])\ndef a(): ...\n",
        }
    )  # fmt: skip
    (router,) = discover(root).routers
    assert set(router.paths) == {"/ws", "/add", "/any"}


def test_imports_are_what_a_start_reaches_and_is_not_own(lay):
    root = lay(
        {
            "main.py": "import os, sqlmodel.ext.asyncio\nfrom sqlalchemy.orm import Session\nfrom lib import x\nfrom . import y\n" + APP,
            "lib.py": "def f():\n    import httpx\nif TYPE_CHECKING:\n    import mypy_only\n", "tests/test_a.py": "import pytest\n",
            "unused.py": "import pandas\n", "migrations/env.py": "from alembic import context\n", "alembic.ini": INI,
            "Procfile": "web: alembic upgrade head && uvicorn main:app\n",
        }
    )  # fmt: skip
    assert discover(root).imports == ("alembic", "fastapi", "httpx", "sqlalchemy.orm", "sqlmodel.ext.asyncio")


def test_the_reference_layout(lay):
    root = lay(
        {
            "backend/requirements.txt": "fastapi>=0.115\nsqlmodel\npsycopg2-binary>=2.9.9\n",
            "backend/.env": "ENVIRONMENT=development\nDATABASE_URL='postgresql://u:p@db.invalid/x?sslmode=require'\n",
            "backend/src/__init__.py": "", "backend/src/core/__init__.py": "",
            "backend/src/core/config.py": "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
            "    DATABASE_URL: str\n    class Config:\n        env_file = '.env'\nsettings = Settings()\n",
            "backend/src/main.py": APP + "from src.core.config import settings\nfrom src.routers import auth\n"
            "app.include_router(auth.router)\nif __name__ == '__main__':\n    import uvicorn\n"
            "    uvicorn.run('src.main:app', host='0.0.0.0', port=8081, reload=True)\n",
            "backend/src/routers/__init__.py": "", "backend/src/routers/auth.py": ROUTER,
            "frontend/package.json": "{}", "frontend/node_modules/x/main.py": APP,
        }
    )  # fmt: skip
    project = discover(root)
    target = project.target
    assert (target.spec, target.directory, target.path, target.port) == (
        "src.main:app",
        "backend",
        ("backend",),
        8081,
    )
    assert [each.path for each in project.dependencies if each.chosen] == ["backend/requirements.txt"]
    url = next(each for each in project.settings if each.key == "DATABASE_URL")
    assert (url.file, url.line, url.loaded) == ("backend/.env", 2, True)
    assert [each.included for each in project.routers] == [True]
    assert project.notes == ()

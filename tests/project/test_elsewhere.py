"""What other files of a deployment give to a server: told where it is followed, else said to be not known."""

import pytest

from bootproof.project.discover import discover

APP = "import os\nfrom fastapi import FastAPI\nDSN = os.environ['DATABASE_URL']\napp = FastAPI()\n"
FILES = {"main.py": APP, "requirements.txt": "fastapi\n", ".env": "DATABASE_URL=one\n"}
KUBERNETES = "kind: Deployment\nspec:\n  containers:\n  - env:\n    - name: DATABASE_URL\n      value: x\n"


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("deploy/web.yaml", KUBERNETES, 5), ("fly.toml", "[env]\nDATABASE_URL = 'x'\n", 2), ("web.service", "[Service]\nEnvironment=DATABASE_URL=x\n", 2),
        ("main.tf", 'env = {\n  DATABASE_URL = "x"\n}\n', 2), ("app.json", '{"env": {"DATABASE_URL": {"required": true}}}', 1),
        ("supervisord.conf", '[program:web]\nenvironment=DATABASE_URL="x"\n', 2), (".vscode/launch.json", '{"env": {"DATABASE_URL": "x"}}', 1),
        ("deploy/web.yaml", "# DATABASE_URL is set by hand\n", None), ("deploy/web.yaml", "OLD_DATABASE_URL: x\nDATABASE_URL_OLD: y\n", None),
        (".github/workflows/test.yaml", KUBERNETES, None), ("docs/set.yaml", KUBERNETES, None), ("notes.txt", KUBERNETES, None),
        ("tests/web.yaml", KUBERNETES, None), ("alembic.yaml", "", None),
    ],
)  # fmt: skip
def test_a_manifest_that_names_a_variable_may_set_it(lay, file, text, line):
    found = [(each.evidence.file, each.evidence.line, each.name) for each in discover(lay({**FILES, file: text})).unsure]
    assert found == ([] if line is None else [(file, line, "DATABASE_URL")])


@pytest.mark.parametrize(
    ("file", "text", "source"),
    [
        ("README.md", "    docker run --env-file .env -p 80:80 web\n", "compose"), ("Makefile", "run:\n\tdocker run --rm --env-file=./.env web\n", "compose"),
        (".vscode/launch.json", '{"module": "uvicorn", "envFile": "${workspaceFolder}/.env"}', "compose"),
        ("README.md", "Run `export $(cat .env) && uvicorn main:app`.\n", "compose"), ("run.sh", "docker run --env-file prod.env web\n", "env-file"),
        ("run.sh", "docker compose --env-file .env up\n", "env-file"), ("README.md", "Copy .env.example to .env\n", "env-file"),
    ],
)  # fmt: skip
def test_a_file_that_is_given_from_outside(lay, file, text, source):
    serve = "if __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app)\n"
    project = discover(lay({**FILES, "main.py": APP + serve, file: text}))
    assert [each.source for each in project.settings if each.key == "DATABASE_URL"] == [source]


def test_another_services_variables_are_not_the_servers(lay):
    compose = (
        "services:\n  worker:\n    build: .\n    command: python -m worker\n    environment: {DATABASE_URL: two}\n"
        "  web:\n    build: .\n    command: uvicorn main:app\n    environment: {LEVEL: one}\n"
    )
    image = 'FROM python:3.12\nCOPY . /srv\nWORKDIR /srv\nCMD ["uvicorn", "main:app"]\n'
    project = discover(lay({"main.py": APP, "requirements.txt": "fastapi\n", "compose.yaml": compose, "Dockerfile": image}))
    assert [(each.key, each.value) for each in project.settings] == [("LEVEL", "one")]

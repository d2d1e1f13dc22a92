"""What a start's shell gives its server: the last word counts, only what is exported arrives, what is not understood is said."""

import pytest

from bootproof.project.discover import discover

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
IMAGE = 'FROM python:3.12\nENV DEPTH=1\nCOPY . /srv\nWORKDIR /srv\nCMD ["bash", "start.sh"]\n'
FILES = {
    "main.py": APP, "requirements.txt": "fastapi\n", "Dockerfile": IMAGE, ".env": "TOKEN=one\nDEPTH=7\n", "late.env": "export DEPTH=9\n",
    "setup.sh": "set -a\n. ./.env\n", "lib.sh": "give() { export GIVEN=yes; }\nloop() { while read -r each; do export \"$each\"; done < \"$1\"; }\n",
}  # fmt: skip
END = "\nexec uvicorn main:app --host 0.0.0.0\n"


def given(lay, script, **more):
    """What the server is given: by variable its value and where it stands; and what cannot be told."""
    project = discover(lay({**FILES, "start.sh": "#!/bin/bash\nset -e\n" + script + END, **more}))
    assert project.target is not None
    values = {}
    for each in project.settings:
        if each.source in ("shell", "dockerfile"):
            values.setdefault(each.key, (each.value, f"{each.file}:{each.line}"))
            data = (project.root / each.file).read_bytes()
            assert data[each.start : each.end].decode() == each.value
    assert {each.evidence.file for each in project.unsure} <= {"start.sh", "lib.sh"}
    return values, {each.name for each in project.unsure}


ENV = {"TOKEN": ("one", ".env:1"), "DEPTH": ("7", ".env:2")}
IMAGED = {"DEPTH": ("1", "Dockerfile:2")}


@pytest.mark.parametrize(
    "script",
    [
        "set -a\n. ./.env\nset +a", "set -ae\nsource .env", "set -euao pipefail; source ./.env", "set -o allexport\n. .env\nset +o allexport",
        "set -o errexit -o allexport\n. .env", "source .env\nexport TOKEN DEPTH", "source .env && export TOKEN",
        "export $(cat .env | xargs)", "export $(grep -v '^#' .env | xargs -d '\\n')", "export $(grep -v '^#' ./.env)", "export `cat .env`",
        'export $(sed "s/#.*//g" < .env | xargs)', "set -a; source <(grep -v '^#' .env); set +a", "if [ -f .env ]; then\n  set -a\n  . ./.env\nfi",
        "[ -f .env ] && set -a && . ./.env", "test -e .env && export $(cat .env)", "set -a; . ./.env || true", ". ./setup.sh",
        "set -a\r\n. ./.env\r", "load() {\n  set -a\n  . ./.env\n}\nload",
    ],
)  # fmt: skip
def test_a_settings_file_reaches_the_server(lay, script):
    assert given(lay, script) == (ENV, set())


@pytest.mark.parametrize(
    ("script", "values"),
    [
        (". ./.env", {"DEPTH": ("7", ".env:2")}),  # the image gave it: it is exported already
        ("set -a; . ./.env; . ./late.env", {**ENV, "DEPTH": ("9", "late.env:1")}),
        ("set -a; . ./late.env; . ./.env", ENV),
        ("set -a; . ./.env; DEPTH=8", {**ENV, "DEPTH": ("8", "start.sh:3")}),
        ("DEPTH=8; set -a; . ./.env", ENV),
        ("TOKEN=x", IMAGED),
        ("TOKEN=x\nexport TOKEN", {**IMAGED, "TOKEN": ("x", "start.sh:3")}),
        ("export TOKEN='a b'  # why", {**IMAGED, "TOKEN": ("a b", "start.sh:3")}),
        ('export TOKEN="${OTHER:-a b}"', {**IMAGED, "TOKEN": ("a b", "start.sh:3")}),
        ('export WORD=x\nexport TOKEN="$WORD"', {**IMAGED, "WORD": ("x", "start.sh:3")}),
        ("export DEPTH=${DEPTH:-4}", IMAGED),
        (': "${TOKEN:=abc}"\nexport TOKEN', {**IMAGED, "TOKEN": ("abc", "start.sh:3")}),
        ("TOKEN=x\n: ${TOKEN:=abc}\nexport TOKEN", {**IMAGED, "TOKEN": ("x", "start.sh:3")}),
        ("declare -x TOKEN=x", {**IMAGED, "TOKEN": ("x", "start.sh:3")}),
        ("declare TOKEN=x", IMAGED),
        ("./setup.sh", IMAGED),  # a process of its own
        ("bash setup.sh", IMAGED),
        ("set -a; . ./.env; unset TOKEN", {"DEPTH": ("7", ".env:2")}),
        ("source lib.sh\ngive", {**IMAGED, "GIVEN": ("yes", "lib.sh:1")}),
    ],
)  # fmt: skip
def test_the_last_word_counts_and_only_what_is_exported(lay, script, values):
    found, unsure = given(lay, script)
    assert {key: found.get(key) for key in {*values, *found}} == {key: values.get(key) for key in {*values, *found}}
    assert unsure <= {"TOKEN", "DEPTH"}  # what is put together of parts has no one place


@pytest.mark.parametrize(
    ("script", "unsure"),
    [
        ('eval "$(sed \'s/^/export /\' .env)"', {""}), ("while read -r line; do export \"$line\"; done < .env", {""}),
        ("source lib.sh\nloop .env", {""}), ("export $(vault read app)", {""}), ("export $(cat .env late.env)", {""}),
        (". $SETTINGS", {""}), ("source /run/secrets/app.env", {""}), ("export TOKEN=$(cat /run/secrets/token)", {"TOKEN"}),
        ("TOKEN=`pass token`; export TOKEN", {"TOKEN"}), ('if [ "$MODE" = prod ]; then . ./late.env; else . ./.env; fi', {""}),
        ('[ "$MODE" = prod ] && export TOKEN=x', {"TOKEN"}), ("[ -f .env ] || export TOKEN=x", {"TOKEN"}),
        ('if [ -z "$TOKEN" ]; then\n  export TOKEN=x\nelse\n  export DEPTH=2\nfi', {"TOKEN", "DEPTH"}),
        ('case "$MODE" in\n  prod) export TOKEN=x ;;\n  *) . ./.env ;;\nesac', {"", "TOKEN"}),
        ("set -a; . ./missing.env", {""}), ("cat > .env <<EOF\nTOKEN=two\nEOF\nset -a\n. ./.env", {""}),
        ("echo TOKEN=$T >> .env", {""}), ("[ -f .env ] || cp example.env .env", {""}), ("envsubst < x | tee conf/prod.env", {""}),
        ("doppler run -- true", set()), ("echo TOKEN=two > env.txt", set()), (". venv/bin/activate", set()), ("bash -c 'echo A=b > .env'", {""}),
        ("until nc -z db 5432; do sleep 1; done", set()), ("echo $(date) `hostname`", set()), ("alembic upgrade head || true", set()),
        ('if [ "$MODE" = prod ]; then alembic upgrade head; fi', set()), ("python -c 'export x' &", set()),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(lay, script, unsure):
    assert given(lay, script)[1] == unsure


def test_a_command_of_a_compose_file_is_a_shell_too(lay):
    compose = "services:\n  web:\n    build: .\n    command: sh -c 'export TOKEN=two && . ./late.env && uvicorn main:app'\n"
    root = lay({**FILES, "compose.yaml": compose, "start.sh": ""})
    found = {each.key: (each.value, each.file, each.line) for each in reversed(discover(root).settings) if each.source == "shell"}
    assert found == {"TOKEN": ("two", "compose.yaml", 4), "DEPTH": ("9", "late.env", 1)}


def test_words_before_a_command_are_given_to_it_alone(lay):
    assert given(lay, "env $(cat .env | xargs) true")[0].get("TOKEN") is None
    values, unsure = given(lay, "", **{"start.sh": "#!/bin/sh\nexec env $(cat .env | xargs) uvicorn main:app\n"})
    assert (values, unsure) == (ENV, set())


@pytest.mark.parametrize("name", ["env.sh", "web.env.sh", "conf/env.sh"])
@pytest.mark.parametrize("how", ['. "$(dirname "$0")/{}"', "source ./{}", "source $HERE/{}"])
def test_a_script_that_is_called_like_a_settings_file_is_followed(lay, name, how):
    values, unsure = given(lay, how.format(name), **{name: "#!/bin/sh\nexport GIVEN=yes\n"})
    assert (values["GIVEN"], unsure) == (("yes", f"{name}:2"), set())


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("Makefile", "include .env\nexport\nrun:\n\tuvicorn main:app\n"), ("Makefile", "export TOKEN := one\nrun:\n\tuvicorn main:app\n"),
        ("Makefile", "TOKEN=one\n.EXPORT_ALL_VARIABLES:\nrun:\n\tuvicorn main:app\n"), ("justfile", "set dotenv-load\n\nrun:\n    uvicorn main:app\n"),
        ("justfile", "export TOKEN := 'one'\nrun:\n    uvicorn main:app\n"),
    ],
)  # fmt: skip
def test_what_make_and_just_export_is_not_told(lay, file, text):
    project = discover(lay({"main.py": APP, "requirements.txt": "fastapi\n", ".env": "TOKEN=one\n", file: text}))
    assert project.target is not None
    assert [(each.evidence.file, each.name) for each in project.unsure] == [(file, "")]


def test_variables_that_make_keeps_to_itself_are_none(lay):
    project = discover(lay({"main.py": APP, "requirements.txt": "fastapi\n", "Makefile": "TOKEN := one\nrun:\n\tuvicorn main:app\n"}))
    assert project.target is not None and project.unsure == ()


PROCESSES = {"main.py": APP, "requirements.txt": "fastapi\n", "conf/prod.env": "TOKEN=two\n", ".env": "TOKEN=one\n"}


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("dotenv -f conf/prod.env run -- uvicorn main:app", "two"), ("dotenv --file=conf/prod.env run uvicorn main:app", "two"),
        ("exec dotenv run -- uvicorn main:app", "one"), ("poetry run dotenv -f conf/prod.env run uvicorn main:app", "two"),
        ("uvicorn main:app", None),
    ],
)  # fmt: skip
def test_the_file_that_dotenv_run_gives_reaches_its_command(lay, words, value):
    project = discover(lay({**PROCESSES, "Procfile": f"web: {words}\n"}))
    assert project.target is not None and project.start is not None and project.unsure == ()
    assert next((each.value for each in project.settings if each.source == "shell"), None) == value


@pytest.mark.parametrize(
    "words",
    ["doppler run -- uvicorn main:app", "op run --env-file=conf/x -- uvicorn main:app", "chamber exec one two -- uvicorn main:app",
     "exec infisical run --env=prod -- uvicorn main:app", "dotenv run -- doppler run -- uvicorn main:app",
     "uv run --env-file .env doppler run -- uvicorn main:app", "dotenv -f elsewhere run -- uvicorn main:app"],
)  # fmt: skip
def test_what_a_store_elsewhere_gives_is_not_told(lay, words):
    project = discover(lay({**PROCESSES, "Procfile": f"web: {words}\n"}))
    assert project.target is not None and project.start is not None
    assert [each.name for each in project.unsure] == [""]


@pytest.mark.parametrize(
    ("lines", "value", "unsure"),
    [
        ("ARG T=one\nENV TOKEN=$T", "one:2", set()), ("ARG T=one\nENV TOKEN=${T}", "one:2", set()), ('ARG T="one"\nENV A=$T\nENV TOKEN="$A"', "one:2", set()),
        ("ENV T one\nENV TOKEN $T", "one:2", set()), ("ARG T\nENV TOKEN=$T", None, {"TOKEN"}), ("ARG U=a\nENV TOKEN=x-$U", None, {"TOKEN"}),
        ("ENV TOKEN='$T'", "$T:2", set()), ("ENV PATH=/x:$PATH", None, set()), ("ARG B=x\nFROM python AS two\nARG T=one\nENV TOKEN=$T", "one:4", set()),
        ("ENV A=one\nARG A=two\nENV TOKEN=$A", "one:2", set()), ("ENV A=one\nENV A=two TOKEN=$A", "one:2", set()),
        ("ENV TOKEN=$X\nENV TOKEN=one", "one:3", set()), ("RUN echo TOKEN=two > .env", None, {""}), ("RUN cp example.env .env", None, {""}), ("COPY conf/prod.env /srv/.env", None, {""}),
        ("COPY .env /srv/.env", None, set()), ("RUN pip install x > /dev/null", None, set()),
    ],
)  # fmt: skip
def test_what_an_image_sets_by_another_variable(lay, lines, value, unsure):
    image = f'FROM python:3.12\n{lines}\nCOPY . /srv\nWORKDIR /srv\nCMD ["uvicorn", "main:app"]\n'
    project = discover(lay({**PROCESSES, "Dockerfile": image}))
    found = next((each for each in project.settings if each.source == "dockerfile" and each.key == "TOKEN"), None)
    assert (found and f"{found.value}:{found.line}", {each.name for each in project.unsure}) == (value, unsure)
    if found is not None:
        assert (project.root / found.file).read_bytes()[found.start : found.end].decode() == found.value


@pytest.mark.parametrize("given", ["args:\n        T: two", "args:\n        - T=two", "args: [T]"])
def test_what_a_build_gives_is_not_what_the_image_says(lay, given):
    compose = f"services:\n  web:\n    build:\n      context: .\n      {given}\n"
    image = 'FROM python:3.12\nARG T=one\nENV TOKEN=$T\nCOPY . /srv\nWORKDIR /srv\nCMD ["uvicorn", "main:app"]\n'
    project = discover(lay({**PROCESSES, "Dockerfile": image, "compose.yaml": compose}))
    assert project.start is not None and {each.name for each in project.unsure} == {"TOKEN"}
    assert not [each for each in project.settings if each.key == "TOKEN" and each.source == "dockerfile"]


def test_the_module_path_of_an_image_is_told_whatever_it_is_made_of(lay):
    """Whether a start names one decides whether its migrations have the folders that its server has."""
    image = 'FROM python:3.12\nENV PYTHONPATH $PWD/src\nCOPY . /\nWORKDIR /\nCMD ["uvicorn", "main:app"]\n'
    project = discover(lay({**PROCESSES, "Dockerfile": image}))
    assert [(each.key, each.source) for each in project.settings if each.key == "PYTHONPATH"] == [("PYTHONPATH", "dockerfile")]
    assert project.unsure == ()

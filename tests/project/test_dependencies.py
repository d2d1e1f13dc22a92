"""Declared requirements: every form, exact lines, and which file decides."""



import pytest

from bootproof.project.dependencies import read_dependencies
from bootproof.project.discover import discover
from bootproof.project.sources import Sources

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def only(root, path):
    return next(each for each in read_dependencies(Sources(root)) if each.path == path)


def listed(file):
    return [(each.name, each.line, each.specifier, each.group) for each in file.requirements]


def test_requirements_file_in_all_its_forms(lay):
    text = (
        "# a comment\r\n--index-url https://host.invalid/x\r\nFastAPI[all]>=0.110  # why\r\n\r\n-r more/base.in\r\n-c limits.txt\r\n"
        "uvicorn==0.30 \\\r\n    --hash=sha256:aa \\\r\n    --hash=sha256:bb\r\nasync_pg>=0.29; sys_platform != 'win32'\r\n"
        "-e git+https://host.invalid/r.git@v1#egg=Own.Thing[x,y]\r\n-e .\r\n./libs/a\r\nwares @ https://host.invalid/w.whl\r\n"
        "https://host.invalid/good_one-1.2-py3-none-any.whl\r\n??\r\n"
    )
    root = lay({"requirements.txt": text, "more/base.in": "click\n", "limits.txt": "click<9\n", "m.py": ""})
    file = only(root, "requirements.txt")
    assert listed(file) == [
        ("fastapi", 3, ">=0.110", ""), ("uvicorn", 7, "==0.30", ""), ("async-pg", 10, ">=0.29", ""), ("own-thing", 11, "", ""),
        ("wares", 14, "", ""), ("good-one", 15, "==1.2", ""),
    ]  # fmt: skip
    assert file.requirements[0].extras == {"all"}
    assert file.requirements[0].text == "FastAPI[all]>=0.110"
    assert file.requirements[1].text == "uvicorn==0.30"
    assert file.requirements[2].marker == 'sys_platform != "win32"'
    assert file.included == ("more/base.in", "limits.txt")
    assert listed(only(root, "more/base.in")) == [("click", 1, "", "")]
    unreadable = discover(root).unreadable
    assert [(each.file, each.line) for each in unreadable] == [("requirements.txt", 16)]


def test_requirements_saved_by_another_editor(lay):
    root = lay(
        {
            "requirements.txt": "fastapi\r\nasyncpg==1\r\n".encode("utf-16"),
            "requirements-b.txt": b"\xef\xbb\xbfclick\n",
        }
    )
    assert [each.name for each in only(root, "requirements.txt").requirements] == ["fastapi", "asyncpg"]
    assert [each.name for each in only(root, "requirements-b.txt").requirements] == ["click"]


def test_a_url_with_credentials_is_not_repeated_in_a_reason(lay):
    root = lay({"requirements.txt": "https://me:hunter2@host.invalid/thing.zip\n", "m.py": ""})
    (entry,) = discover(root).unreadable
    assert "hunter2" not in entry.reason


def test_pyproject_with_groups_has_exact_lines(lay):
    text = """[build-system]
requires = ["hatchling"]  # "not this"

[project]
name = "w"
requires-python = ">=3.10,<4"
dependencies = [
    # "commented>=1",
    "fastapi[standard]>=0.115",
    'httpx ; python_version < "4"', "sqlmodel",
]

[project.optional-dependencies]
pg = ["asyncpg>=0.29"]

[dependency-groups]
dev = ["pytest", {include-group = "lint"}, "mypy>=1"]
lint = ["ruff"]
"""
    root = lay({"pyproject.toml": text, "m.py": APP})
    assert listed(only(root, "pyproject.toml")) == [
        ("fastapi", 9, ">=0.115", ""), ("httpx", 10, "", ""), ("sqlmodel", 10, "", ""), ("asyncpg", 14, ">=0.29", "pg"),
        ("pytest", 17, "", "dev"), ("mypy", 17, ">=1", "dev"), ("ruff", 18, "", "lint"),
    ]  # fmt: skip
    assert discover(root).requires_python == ">=3.10,<4"


def test_poetry_ranges_become_specifiers(lay):
    text = """[tool.poetry.dependencies]
python = "^3.11"
fastapi = "^0.110.2"
uvicorn = {extras = ["standard"], version = "~1.2"}
click = "8.1"
any = "*"

[tool.poetry.dependencies.redis]
version = ">=5"

[tool.poetry.group.test.dependencies]
pytest = "^8"
"""
    root = lay({"pyproject.toml": text, "m.py": APP})
    file = only(root, "pyproject.toml")
    assert file.format == "poetry"
    by_name = {each.name: each for each in file.requirements}
    assert {name: each.line for name, each in by_name.items()} == {
        "fastapi": 3, "uvicorn": 4, "click": 5, "any": 6, "redis": 8, "pytest": 12,
    }  # fmt: skip
    assert set(by_name["fastapi"].specifier.split(",")) == {">=0.110.2", "<0.111"}
    assert set(by_name["uvicorn"].specifier.split(",")) == {">=1.2", "<1.3"}
    assert by_name["uvicorn"].extras == {"standard"}
    assert by_name["pytest"].group == "test"
    assert set((discover(root).requires_python or "").split(",")) == {">=3.11", "<4"}


def test_other_forms(lay):
    root = lay(
        {
            "a/Pipfile": '[packages]\nfastapi = "*"\nuvicorn = {version = "==0.30", extras = ["standard"]}\n[dev-packages]\nmypy = "*"\n',
            "b/setup.cfg": "[metadata]\nname = x\n[options]\ninstall_requires =\n    fastapi>=1\n    # note\n    click\n"
            "[options.extras_require]\npg =\n    asyncpg\n",
            "c/setup.py": "from setuptools import setup\nBASE = [\n    'fastapi',\n]\nsetup(\n    install_requires=BASE + ['click>=8'],\n"
            "    extras_require={'pg': ['asyncpg']},\n)\n",
            "d/uv.lock": 'version = 1\n\n[[package]]\nname = "anyio"\nversion = "4.1"\n\n[[package]]\nname = "b"\nversion = "2"\n',
            "m.py": "",
        }
    )
    assert listed(only(root, "a/Pipfile")) == [
        ("fastapi", 2, "", ""),
        ("uvicorn", 3, "==0.30", ""),
        ("mypy", 5, "", "dev"),
    ]
    assert listed(only(root, "b/setup.cfg")) == [
        ("fastapi", 5, ">=1", ""),
        ("click", 7, "", ""),
        ("asyncpg", 10, "", "pg"),
    ]
    assert listed(only(root, "c/setup.py")) == [
        ("fastapi", 3, "", ""),
        ("click", 6, ">=8", ""),
        ("asyncpg", 7, "", "pg"),
    ]
    lock = only(root, "d/uv.lock")
    assert (lock.format, listed(lock)) == ("uv-lock", [("anyio", 4, "==4.1", ""), ("b", 8, "==2", "")])


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        ({"requirements.txt": "fastapi\n", "requirements-dev.txt": "pytest\n"}, "requirements.txt"),
        ({"requirements.txt": "a\n", "pyproject.toml": "[tool.ruff]\n"}, "requirements.txt"),
        ({"pyproject.toml": "[project]\nname='x'\ndependencies=['a']\n", "uv.lock": ""}, "pyproject.toml"),
        ({"requirements/base.txt": "a\n", "requirements/dev.txt": "-r base.txt\nb\n"}, "requirements/base.txt"),
        (
            {
                "requirements.txt": "a\n", "deploy/prod.txt": "a\n", "requirements-prod.txt": "a\n",
                "Dockerfile": "FROM python\nWORKDIR /a\nCOPY requirements-prod.txt .\n"
                "RUN pip install --no-cache-dir -r requirements-prod.txt\nCOPY . .\nCMD uvicorn main:app\n",
            },
            "requirements-prod.txt",
        ),
        (
            {
                "requirements.txt": "a\n", "pyproject.toml": "[project]\nname='x'\ndependencies=['a']\n",
                "README.md": "Run `uv sync` first\n",
            },
            "pyproject.toml",
        ),
        ({"requirements.txt": "a\n", "pyproject.toml": "[project]\nname='x'\ndependencies=['a']\n"}, "requirements.txt"),
        ({"requirements.txt": ""}, "requirements.txt"),
    ],
)  # fmt: skip
def test_which_file_decides_what_is_installed(lay, files, chosen):
    project = discover(lay({"main.py": APP, **files}))
    assert [each.path for each in project.dependencies if each.chosen] == [chosen]


def test_the_nearest_to_the_application_decides(lay):
    root = lay(
        {
            "requirements.txt": "a\n",
            "api/requirements.txt": "b\n",
            "api/main.py": APP,
            "docs/requirements.txt": "c\n",
        }
    )
    assert [each.path for each in discover(root).dependencies if each.chosen] == ["api/requirements.txt"]

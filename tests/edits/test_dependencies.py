"""Dependency files of every format: the smallest change, formatting and comments kept."""

import re
import tomllib
from collections.abc import Callable

import pytest

from bootproof.edits import dependencies
from bootproof.edits.apply import apply
from bootproof.edits.errors import EditConflict, Refusal
from bootproof.edits.wording import name_of
from bootproof.model.edit import Edit
from bootproof.model.project import DependencyFile, Requirement

PATHS = {
    "requirements": "requirements.txt",
    "pyproject": "pyproject.toml",
    "poetry": "pyproject.toml",
    "pipfile": "Pipfile",
    "setup-cfg": "setup.cfg",
    "setup-py": "setup.py",
    "uv-lock": "uv.lock",
}


def file_of(form: str) -> DependencyFile:
    return DependencyFile(PATHS[form], form)


def old(name: str, line: int = 1, group: str = "") -> Requirement:
    return Requirement(name, name, "", line, group=group)


def done(form: str, text: str, *made: Edit | Refusal) -> str:
    edits = []
    for edit in made:
        assert isinstance(edit, Edit), edit
        edits.append(edit)
    mended = apply(edits, lambda _: text.encode()).get(PATHS[form], text.encode()).decode()
    if PATHS[form].endswith(".toml") or form == "pipfile":
        tomllib.loads(mended)
    return mended


ADDED = [
    ("requirements", "fastapi\npsycopg2  # pg\n", {"near": 1}, "fastapi\nasyncpg>=0.29\npsycopg2  # pg\n"),
    ("requirements", "fastapi\npsycopg2  # pg", {}, "fastapi\npsycopg2  # pg\nasyncpg>=0.29"),
    ("requirements", "uvicorn\r\nfastapi\r\n", {}, "uvicorn\r\nfastapi\r\nasyncpg>=0.29\r\n"),
    ("requirements", "aiofiles\nfastapi\nuvicorn\n", {}, "aiofiles\nasyncpg>=0.29\nfastapi\nuvicorn\n"),
    (
        "requirements",
        "# web\nfastapi\njinja2\nuvicorn\n",
        {},
        "# web\nasyncpg>=0.29\nfastapi\njinja2\nuvicorn\n",
    ),
    ("requirements", "", {}, "asyncpg>=0.29\n"),
    ("requirements", "# nothing\n\n\n", {}, "# nothing\nasyncpg>=0.29\n\n\n"),
    ("requirements", "\ufeff", {}, "\ufeffasyncpg>=0.29\n"),
    ("requirements", "-r base.txt\n--pre\n", {}, "-r base.txt\n--pre\nasyncpg>=0.29\n"),
    (
        "requirements",
        "fastapi \\\n  >=0.1\nuvicorn\n",
        {"near": 1},
        "fastapi \\\n  >=0.1\nasyncpg>=0.29\nuvicorn\n",
    ),
    ("requirements", "# é\nfastapi\n\n# dev\n", {}, "# é\nfastapi\nasyncpg>=0.29\n\n# dev\n"),
    ("requirements", "asyncpg>=0.29\n", {}, "asyncpg>=0.29\n"),
    (
        "pyproject",
        '[project]\ndependencies = [\n    "fastapi",  # web\n    "b"\n]\n',
        {},
        '[project]\ndependencies = [\n    "fastapi",  # web\n    "b",\n    "asyncpg>=0.29"\n]\n',
    ),
    (
        "pyproject",
        "[project]\ndependencies = [\n  'fastapi',\n  'b', # [x]\n]\n",
        {"near": 3},
        "[project]\ndependencies = [\n  'fastapi',\n  'asyncpg>=0.29',\n  'b', # [x]\n]\n",
    ),
    (
        "pyproject",
        '[project]\ndependencies = ["x"]\n',
        {},
        '[project]\ndependencies = ["x", "asyncpg>=0.29"]\n',
    ),
    ("pyproject", "[project]\ndependencies = []\n", {}, '[project]\ndependencies = ["asyncpg>=0.29"]\n'),
    (
        "pyproject",
        '[project]\ndependencies = ["a", "c", "x[y]>1"]\n',
        {},
        '[project]\ndependencies = ["a", "asyncpg>=0.29", "c", "x[y]>1"]\n',
    ),
    (
        "pyproject",
        '[project]\nname = "é"\n\n[tool.x]\ny = 1\n',
        {},
        '[project]\nname = "é"\ndependencies = [\n    "asyncpg>=0.29",\n]\n\n[tool.x]\ny = 1\n',
    ),
    (
        "pyproject",
        '[project]\ndependencies = []\n[dependency-groups]\ndev = ["z"]\n',
        {"group": "dev"},
        '[project]\ndependencies = []\n[dependency-groups]\ndev = ["z", "asyncpg>=0.29"]\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "^0.1"  # web\n\n[tool.x]\n',
        {},
        '[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "^0.1"  # web\n'
        'asyncpg = ">=0.29"\n\n[tool.x]\n',
    ),
    ("pipfile", "[packages]\nfastapi = '*'\n", {}, "[packages]\nfastapi = '*'\nasyncpg = \">=0.29\"\n"),
    (
        "setup-cfg",
        "[options]\ninstall_requires =\n    fastapi\n    # c\n    b>1\npackages = x\n",
        {},
        "[options]\ninstall_requires =\n    fastapi\n    # c\n    b>1\n    asyncpg>=0.29\npackages = x\n",
    ),
    (
        "setup-cfg",
        "[options]\ninstall_requires = fastapi\n",
        {},
        "[options]\ninstall_requires =\n    fastapi\n    asyncpg>=0.29\n",
    ),
    ("setup-py", "setup(install_requires=['a'])\n", {}, "setup(install_requires=['a', 'asyncpg>=0.29'])\n"),
    (
        "setup-py",
        'R = [\n    "a",\n]\nsetuptools.setup(install_requires=R)\n',
        {},
        'R = [\n    "a",\n    "asyncpg>=0.29",\n]\nsetuptools.setup(install_requires=R)\n',
    ),
]


@pytest.mark.parametrize(("form", "before", "where", "after"), ADDED)
def test_requirement_is_declared_in_the_file_s_own_layout(
    form: str, before: str, where: dict[str, object], after: str
) -> None:
    edit = dependencies.declare(file_of(form), before.encode(), "asyncpg>=0.29", **where)  # type: ignore[arg-type]
    assert done(form, before, edit) == after
    again = dependencies.declare(file_of(form), after.encode(), "asyncpg>=0.29", **where)  # type: ignore[arg-type]
    assert done(form, after, again) == after


SWAPPED = [
    ("requirements", "psycopg2-binary>=2.9.9  # pg\n", "asyncpg>=0.29.0  # pg\n"),
    (
        "requirements",
        "a\r\npsycopg2_binary ; python_version<'3.13'  # x\r\n",
        "a\r\nasyncpg>=0.29.0 ; python_version<'3.13'  # x\r\n",
    ),
    ("requirements", "Psycopg2.Binary[x] \\\n  >=2.9", "asyncpg>=0.29.0"),
    (
        "pyproject",
        "[project]\ndependencies = [\n  'psycopg2-binary>=2;python_version<\"4\"', # é\n]\n",
        "[project]\ndependencies = [\n  'asyncpg>=0.29.0;python_version<\"4\"', # é\n]\n",
    ),
    (
        "pyproject",
        '[project]\noptional-dependencies = {db = ["psycopg2-binary"]}\n',
        '[project]\noptional-dependencies = {db = ["asyncpg>=0.29.0"]}\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\npsycopg2-binary = "^2.9"  # pg\n',
        '[tool.poetry.dependencies]\nasyncpg = ">=0.29.0"  # pg\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\npsycopg2-binary = {version = "^2.9", markers = "x"}\n',
        '[tool.poetry.dependencies]\nasyncpg = {version = ">=0.29.0", markers = "x"}\n',
    ),
    ("pipfile", '[packages]\n"psycopg2-binary" = "*"\n', '[packages]\nasyncpg = ">=0.29.0"\n'),
    (
        "setup-cfg",
        "[options]\ninstall_requires =\n\tpsycopg2-binary>=2\n",
        "[options]\ninstall_requires =\n\tasyncpg>=0.29.0\n",
    ),
    (
        "setup-py",
        "setup(install_requires=['psycopg2-binary'])",
        "setup(install_requires=['asyncpg>=0.29.0'])",
    ),
]


@pytest.mark.parametrize(("form", "before", "after"), SWAPPED)
def test_requirement_is_swapped_and_keeps_comment_and_marker(form: str, before: str, after: str) -> None:
    edit = dependencies.swap(file_of(form), before.encode(), old("psycopg2-binary"), "asyncpg>=0.29.0")
    assert done(form, before, edit) == after


EXTRAS = [
    ("requirements", "sqlalchemy>=2.0 # orm\n", "sqlalchemy[asyncio]>=2.0 # orm\n"),
    ("requirements", "SQLAlchemy[mypy] >=2.0\n", "SQLAlchemy[mypy,asyncio] >=2.0\n"),
    ("requirements", "sqlalchemy[AsyncIO]\n", "sqlalchemy[AsyncIO]\n"),
    (
        "requirements",
        "sqlalchemy @ https://x/y;z.whl ; os_name=='nt'\n",
        "sqlalchemy[asyncio] @ https://x/y;z.whl ; os_name=='nt'\n",
    ),
    (
        "pyproject",
        '[project]\ndependencies = ["sqlalchemy>=2"]\n',
        '[project]\ndependencies = ["sqlalchemy[asyncio]>=2"]\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\nSQLAlchemy = "^2.0"\n',
        '[tool.poetry.dependencies]\nSQLAlchemy = {version = "^2.0", extras = ["asyncio"]}\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\nsqlalchemy = {extras = ["x"], version = "2"}\n',
        '[tool.poetry.dependencies]\nsqlalchemy = {extras = ["x", "asyncio"], version = "2"}\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\nsqlalchemy = { version = "2" }\n',
        '[tool.poetry.dependencies]\nsqlalchemy = { version = "2", extras = ["asyncio"] }\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies.sqlalchemy]\nversion = "2"\n',
        '[tool.poetry.dependencies.sqlalchemy]\nextras = ["asyncio"]\nversion = "2"\n',
    ),
    (
        "setup-cfg",
        "[options]\ninstall_requires = sqlalchemy\n",
        "[options]\ninstall_requires = sqlalchemy[asyncio]\n",
    ),
    (
        "setup-py",
        "setup(install_requires=['sqlalchemy<3'])",
        "setup(install_requires=['sqlalchemy[asyncio]<3'])",
    ),
]


@pytest.mark.parametrize(("form", "before", "after"), EXTRAS)
def test_extra_is_asked_for(form: str, before: str, after: str) -> None:
    edit = dependencies.extra(file_of(form), before.encode(), old("sqlalchemy"), "asyncio")
    assert done(form, before, edit) == after


PINNED = [
    ("requirements", "bcrypt\n", "bcrypt<4.1\n"),
    ("requirements", "bcrypt[x]>=4 ; os_name=='nt'  # c\n", "bcrypt[x]<4.1 ; os_name=='nt'  # c\n"),
    (
        "pyproject",
        '[dependency-groups]\ndev = ["bcrypt==5"]\n',
        '[dependency-groups]\ndev = ["bcrypt<4.1"]\n',
    ),
    (
        "poetry",
        "[tool.poetry.group.dev.dependencies]\nbcrypt = '^5'\n",
        '[tool.poetry.group.dev.dependencies]\nbcrypt = "<4.1"\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\nbcrypt = {version = "^5", optional = true}\n',
        '[tool.poetry.dependencies]\nbcrypt = {version = "<4.1", optional = true}\n',
    ),
    (
        "setup-cfg",
        "[options.extras_require]\nx =\n  bcrypt>=5\n",
        "[options.extras_require]\nx =\n  bcrypt<4.1\n",
    ),
    ("setup-py", "setup(extras_require={'x': ['bcrypt']})", "setup(extras_require={'x': ['bcrypt<4.1']})"),
]


@pytest.mark.parametrize(("form", "before", "after"), PINNED)
def test_version_is_pinned(form: str, before: str, after: str) -> None:
    assert (
        done(form, before, dependencies.pin(file_of(form), before.encode(), old("bcrypt"), "<4.1")) == after
    )


DROPPED = [
    ("requirements", "a\npsycopg2  # pg\nb\n", "a\nb\n"),
    ("requirements", "psycopg2==1 \\\n  --hash=sha256:00\nb\n", "b\n"),
    ("requirements", "a\npsycopg2", "a\n"),
    ("pyproject", '[project]\ndependencies = ["a", "psycopg2"]\n', '[project]\ndependencies = ["a"]\n'),
    (
        "pyproject",
        '[project]\ndependencies = [\n "a",\n "psycopg2", # c\n]\n',
        '[project]\ndependencies = [\n "a",\n]\n',
    ),
    (
        "poetry",
        '[tool.poetry.dependencies]\npsycopg2 = "1" # x\nb = "1"\n',
        '[tool.poetry.dependencies]\nb = "1"\n',
    ),
    ("poetry", '[tool.poetry.dependencies.psycopg2]\nversion = "1"\n[tool.b]\n', "[tool.b]\n"),
    (
        "setup-cfg",
        "[options]\ninstall_requires =\n    a\n    psycopg2\nx = 1\n",
        "[options]\ninstall_requires =\n    a\nx = 1\n",
    ),
    ("setup-py", "setup(install_requires=['psycopg2', 'b'])", "setup(install_requires=['b'])"),
]


@pytest.mark.parametrize(("form", "before", "after"), DROPPED)
def test_requirement_is_dropped(form: str, before: str, after: str) -> None:
    assert done(form, before, dependencies.drop(file_of(form), before.encode(), old("psycopg2"))) == after


@pytest.mark.parametrize("layout", ['["a", "b", "c"]', '[\n  "a",\n  "b",\n  "c"\n]', '[ "a",\n"b", "c", ]'])
def test_any_items_can_go_while_others_come(layout: str) -> None:
    text = f"[project]\ndependencies = {layout}\n"
    project = file_of("pyproject")
    for number in range(8):
        gone = [name for index, name in enumerate("abc") if number >> index & 1]
        edits = [dependencies.drop(project, text.encode(), old(name)) for name in gone]
        left = tomllib.loads(done("pyproject", text, *edits))["project"]["dependencies"]
        assert left == [name for name in "abc" if name not in gone]
    more = [dependencies.declare(project, text.encode(), f"x{n}", near=99) for n in range(3)]
    swapped = dependencies.swap(project, text.encode(), old("b"), "q>1")
    left = tomllib.loads(done("pyproject", text, swapped, *more))["project"]["dependencies"]
    assert left == ["a", "q>1", "c", "x0", "x1", "x2"]


REFUSED: list[tuple[str, str, Callable[[DependencyFile, bytes], Edit | Refusal], str]] = [
    ("requirements", "a==1 --hash=sha256:00\n", lambda f, t: dependencies.declare(f, t, "b"), "hashes"),
    (
        "requirements",
        "a==1 \\\n --hash=sha256:0\n",
        lambda f, t: dependencies.swap(f, t, old("a"), "b"),
        "hashes",
    ),
    ("requirements", "a>=1\n", lambda f, t: dependencies.declare(f, t, "a>=2"), "declares `a` already"),
    ("requirements", "a\n", lambda f, t: dependencies.drop(f, t, old("b")), "does not declare `b`"),
    ("requirements", "a\0\n\0", lambda f, t: dependencies.declare(f, t, "b"), "UTF-8"),
    ("requirements", "a\n", lambda f, t: dependencies.declare(f, t, "-r b"), "not a requirement"),
    ("requirements", "a @ https://x/a.whl\n", lambda f, t: dependencies.pin(f, t, old("a"), "<1"), "version"),
    ("pyproject", "[project\n", lambda f, t: dependencies.declare(f, t, "b"), "not valid TOML"),
    ("pyproject", "[tool.x]\n", lambda f, t: dependencies.declare(f, t, "b"), r"no table `\[project\]`"),
    (
        "pyproject",
        "[project]\ndynamic = ['dependencies']\n",
        lambda f, t: dependencies.declare(f, t, "b"),
        "dynamic",
    ),
    ("pyproject", "[project]\n", lambda f, t: dependencies.declare(f, t, "b", group="dev"), "no group"),
    (
        "poetry",
        '[tool.poetry.dependencies]\na = "1"\n',
        lambda f, t: dependencies.declare(f, t, "a"),
        "already",
    ),
    ("setup-py", "setup(**x)\n", lambda f, t: dependencies.declare(f, t, "b"), "plain list"),
    ("setup-cfg", "[options]\n", lambda f, t: dependencies.declare(f, t, "b"), "no `install_requires`"),
    ("uv-lock", "", lambda f, t: dependencies.declare(f, t, "b"), "written by its tool"),
]


@pytest.mark.parametrize(("form", "text", "ask", "reason"), REFUSED)
def test_what_cannot_be_edited_is_refused_with_the_reason(
    form: str, text: str, ask: Callable[[DependencyFile, bytes], Edit | Refusal], reason: str
) -> None:
    answer = ask(file_of(form), text.encode())
    assert isinstance(answer, Refusal)
    assert re.search(reason, answer.reason)


def test_same_requirement_from_two_fixes_at_different_places_stands_once() -> None:
    text = "fastapi\nuvicorn\npsycopg2\n"
    one = dependencies.declare(file_of("requirements"), text.encode(), "asyncpg>=0.29", near=1)
    two = dependencies.declare(file_of("requirements"), text.encode(), "asyncpg>=0.29")
    assert done("requirements", text, one, two).count("asyncpg") == 1
    toml = '[project]\ndependencies = ["b", "a"]\n'
    one = dependencies.declare(file_of("pyproject"), toml.encode(), "asyncpg>=0.29", near=2)
    two = dependencies.declare(file_of("pyproject"), toml.encode(), "asyncpg>=0.29")
    assert done("pyproject", toml, one, two).count("asyncpg") == 1


def test_options_of_two_requirements_are_not_taken_for_one() -> None:
    text = '[tool.poetry.dependencies]\nsqlalchemy = {version = "2"}\nuvicorn = {version = "1"}\n'
    edits = [
        dependencies.extra(file_of("poetry"), text.encode(), old(name), "x")
        for name in ("sqlalchemy", "uvicorn")
    ]
    assert done("poetry", text, *edits).count('extras = ["x"]') == 2


def test_two_different_extras_of_one_requirement_are_a_conflict_not_a_loss() -> None:
    text = "sqlalchemy>=2\n"
    one = dependencies.extra(file_of("requirements"), text.encode(), old("sqlalchemy"), "asyncio")
    two = dependencies.extra(file_of("requirements"), text.encode(), old("sqlalchemy"), "mypy")
    with pytest.raises(EditConflict):
        done("requirements", text, one, two)


def test_name_is_normalised() -> None:
    assert name_of("Psycopg2_Binary[x]>=2 ; os_name == 'nt'") == "psycopg2-binary"
    assert name_of("./local") is None

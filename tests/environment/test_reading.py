import json
from pathlib import Path

import pytest

from bootproof.environment import distributions_of
from bootproof.environment.foreign import Untranslatable, pins, pipfile_lock, poetry, specifier
from bootproof.environment.installer import variables
from bootproof.environment.requirement_files import cleaned, closure, decoded, is_local, variables_in


@pytest.mark.parametrize(
    ("poetry_says", "pep_440"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^1", ">=1,<2"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("*", ""),
        ("1.4", "==1.4"),
        ("1.4.*", "==1.4.*"),
        ("=1.4", "==1.4"),
        (">= 1.2, <2.0, !=1.5", ">=1.2,<2.0,!=1.5"),
        (">=1.2 <2.0", ">=1.2,<2.0"),
        ("~=1.4", "~=1.4"),
        ("^1.0 || ^2.0", ">=1.0,<3"),
    ],
)
def test_constraints_in_other_words(poetry_says: str, pep_440: str) -> None:
    assert specifier(poetry_says) == pep_440


@pytest.mark.parametrize("text", ["^one", "~", "1 . 2 x"])
def test_constraint_that_means_nothing(text: str) -> None:
    with pytest.raises(Untranslatable):
        specifier(text)


def test_poetry_declarations() -> None:
    text = """
[tool.poetry.dependencies]
python = "^3.11"
web = {version = "^0.1", extras = ["all", "fast"]}
git-thing = {git = "https://h.example/r.git", tag = "v1"}
narrow = {version = "*", python = "<3.12", markers = "sys_platform == 'linux'"}
many = [{version = "<=1.9", python = "<3.8"}, {version = "^2", python = ">=3.8"}]
near = {path = "../near"}
[[tool.poetry.source]]
name = "house"
url = "https://index.example/simple"
"""
    assert poetry(text.encode()) == (
        "--extra-index-url https://index.example/simple",
        "web[all,fast]>=0.1,<0.2",
        "git-thing @ git+https://h.example/r.git@v1",
        "narrow ; (sys_platform == 'linux') and (python_full_version < '3.12')",
        "many<=1.9 ; (python_full_version < '3.8')",
        "many>=2,<3 ; (python_full_version >= '3.8')",
        "./../near",
    )


def test_locks() -> None:
    lock = b"""
[[package]]
name = "once"
version = "1"
[[package]]
name = "twice"
version = "1"
[[package]]
name = "twice"
version = "2"
[[package]]
name = "from-git"
version = "3"
[package.source]
type = "git"
"""
    assert pins(lock) == ("once==1",)
    locked = {"version": "==1", "extras": ["x"], "markers": "os_name == 'nt'"}
    text = json.dumps({"default": {"a": locked}, "develop": {"b": {}}})
    assert pipfile_lock(text.encode()) == ("a[x]==1 ; (os_name == 'nt')",)


def test_requirement_file_as_powershell_writes_it() -> None:
    assert decoded("fastapi\r\n".encode("utf-16")) == "fastapi\r\n"
    assert cleaned("\ufefffastapi\n".encode()).text == "fastapi\n"


def test_options_of_pip() -> None:
    text = b"--pre\n--trusted-host h.example\n--prefer-binary\n--use-feature=x\n"
    text += b"kit --global-option=\"--a b\" ; python_version > '3'\n"
    found = cleaned(text)
    assert found.text == "\n\n\n\nkit ; python_version > '3'\n"
    assert found.options == ("--prerelease", "allow", "--allow-insecure-host", "h.example")


def test_checkout_that_pip_installs_editable() -> None:
    text = b"-e git+ssh://git@h.example/a/b.git@1f2e#egg=b&subdirectory=lib  # ours\n--editable=git+https://h.example/c.git\n-e .\n"
    assert cleaned(text).text == "b @ git+ssh://git@h.example/a/b.git@1f2e#subdirectory=lib\ngit+https://h.example/c.git\n-e .\n"


def test_inclusions_are_followed_once_and_loops_end() -> None:
    files = {
        "a/x.txt": b"-r y.txt\n-c ../z.txt # note\n-rw.txt\n",
        "a/y.txt": b"--requirement=x.txt\n",
        "z.txt": b"",
    }
    assert set(closure(("a/x.txt",), files.get)) == {"a/x.txt", "a/y.txt", "z.txt"}


@pytest.mark.parametrize(
    ("line", "local"),
    [
        ("-e .", True),
        (".[dev]", True),
        ("./libs/x", True),
        ("x @ file:y", True),
        ("kit==1", False),
        ("-f ./w", True),
    ],
)
def test_requirements_that_need_the_tree(line: str, local: bool) -> None:
    assert is_local(f"a\n{line}\n".encode()) is local


def test_variables_of_pip_are_handed_on_unless_uv_has_its_own() -> None:
    assert variables_in(b"--index-url https://${TOKEN}@h.example\n") == ("TOKEN",)
    pip = {
        "PIP_INDEX_URL": "https://a.example",
        "PIP_EXTRA_INDEX_URL": "https://b.example",
        "TOKEN": "t",
        "OTHER": "o",
    }
    kept = variables(pip, also=["TOKEN"])
    assert kept["UV_DEFAULT_INDEX"] == "https://a.example"
    assert kept["UV_INDEX"] == "https://b.example"
    assert kept["TOKEN"] == "t"
    assert "OTHER" not in kept
    assert "UV_INDEX" not in variables({**pip, "UV_DEFAULT_INDEX": "https://c.example"})


def test_records_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "new-1.dist-info").mkdir()
    (tmp_path / "new-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: New.Thing\nVersion: 1\n\nName: no\n"
    )
    (tmp_path / "new-1.dist-info" / "RECORD").write_text(
        'new/a.py,,\n"we,ird/b.py",,\nsingle.py,,\n../../bin/new,,\n_c.abi3.so,,\nnew-1.dist-info/RECORD,,\n'
    )
    (tmp_path / "old-2.egg-info").mkdir()
    (tmp_path / "old-2.egg-info" / "PKG-INFO").write_text("Name: old\r\nVersion: 2\r\n")
    (tmp_path / "old-2.egg-info" / "top_level.txt").write_text("old_thing\n")
    (tmp_path / "flat-3.egg-info").write_text("Name: flat\nVersion: 3\n")
    (tmp_path / "broken-4.dist-info").mkdir()
    (tmp_path / "~ip-5.dist-info").mkdir()
    later = tmp_path / "later"
    (later / "new-9.dist-info").mkdir(parents=True)
    (later / "new-9.dist-info" / "METADATA").write_text("Name: new-thing\nVersion: 9\n")
    found = distributions_of([tmp_path, later, tmp_path / "nowhere"])
    assert [(each.name, each.version, each.modules) for each in found] == [
        ("flat", "3", ()),
        ("new-thing", "1", ("_c", "new", "single")),
        ("old", "2", ("old_thing",)),
    ]

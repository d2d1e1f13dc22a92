import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bootproof.environment.failure import explanation, kind_of, names_in
from bootproof.environment.masking import masked
from bootproof.model.environment import Environment, ResolutionFailure

from .conftest import Index, Provisioned
from .test_provision import failed, project_with_backend

Call = Callable[..., Provisioned]


def requirements(provisioned: Call, text: str, **more: object) -> ResolutionFailure:
    return failed(provisioned({"requirements.txt": text}, "requirements.txt", **more))


def test_name_that_no_index_has(index: Index, provisioned: Call) -> None:
    failure = requirements(provisioned, "fast-nothing-api\n")
    assert failure.kind == "not-found"
    assert failure.names == ("fast-nothing-api",)


def test_version_that_is_not_there(index: Index, provisioned: Call) -> None:
    index.add("kit", "1.0")
    failure = requirements(provisioned, "kit==9.9\n")
    assert failure.kind == "not-found"
    assert failure.names == ("kit",)


def test_pins_that_contradict_each_other(index: Index, provisioned: Call) -> None:
    index.add("frame", "1.0", requires=["star>=0.36,<0.37"])
    index.add("star", "0.36")
    index.add("star", "0.40")
    failure = requirements(provisioned, "frame==1.0\nstar==0.40\n")
    assert failure.kind == "conflict"
    assert set(failure.names) == {"frame", "star"}
    assert "star>=0.36,<0.37" in failure.explanation


def test_pin_that_excludes_the_interpreter(index: Index, provisioned: Call) -> None:
    index.add("modern", "1.0", python=">=3.99")
    failure = requirements(provisioned, "modern\n")
    assert failure.kind == "python", failure
    assert "modern" in failure.names


def test_broken_line_is_named_with_its_file(provisioned: Call) -> None:
    failure = requirements(provisioned, "kit==\n")
    assert failure.kind == "unreadable"
    assert "`requirements.txt`" in failure.explanation
    assert "bootproof-" not in failure.explanation


def test_included_file_that_is_missing(provisioned: Call) -> None:
    failure = requirements(provisioned, "-r ops/none.txt\n")
    assert failure.kind == "unreadable"
    assert "ops/none.txt" in failure.explanation
    assert "/tmp" not in failure.explanation


def test_hash_that_does_not_match(index: Index, provisioned: Call) -> None:
    right = index.add("sealed")
    wrong = "0" * 64
    failure = requirements(provisioned, f"sealed==1.0 --hash=sha256:{wrong}\n")
    assert failure.kind == "hash"
    assert failure.names == ("sealed",)
    found = provisioned({"requirements.txt": f"sealed==1.0 --hash=sha256:{right}\n"}, "requirements.txt")
    assert isinstance(found, Environment)


def test_build_that_fails(provisioned: Call) -> None:
    files = project_with_backend() | {"requirements.txt": "-e .\n"}
    files["tools/backend.py"] = 'raise SystemExit("pg_config executable not found")\n'
    failure = failed(provisioned(files, "requirements.txt"))
    assert failure.kind == "build"
    assert "pg_config executable not found" in failure.explanation


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("FROM python:3.77-slim\nRUN apt-get update && apt-get install -y libpq-dev\n", "system"),
        ("FROM python:latest\nCOPY . .\n", "system"),
        ("FROM scratch\nRUN apk add --no-cache postgresql-dev\n", "system"),
        ("FROM scratch\nCOPY . .\n", "build"),
    ],
)
def test_build_that_misses_what_the_image_brings(provisioned: Call, image: str, kind: str) -> None:
    files = project_with_backend() | {"requirements.txt": "-e .\n", "Dockerfile": image}
    files["tools/backend.py"] = 'raise SystemExit("pg_config executable not found")\n'
    assert failed(provisioned(files, "requirements.txt")).kind == kind


def test_own_build_that_nothing_calls_for_is_advice(provisioned: Call) -> None:
    files = project_with_backend()
    files["tools/backend.py"] = 'raise SystemExit("which files to ship?")\n'
    found = provisioned(files, "pyproject.toml")
    assert isinstance(found, Environment)
    assert any("which files to ship?" in each for each in found.advice), found.advice


@pytest.mark.parametrize(
    ("command", "fails"),
    [
        ("RUN uv sync --frozen", True),
        ("RUN pip install --no-cache-dir .", True),
        ("RUN uv sync --frozen \\\n    --no-install-project", False),
        ("RUN poetry install --no-root", False),
        ("RUN poetry install", False),
    ],
)
def test_own_build_fails_where_the_deployment_builds(provisioned: Call, command: str, fails: bool) -> None:
    files = project_with_backend() | {"Dockerfile": f"FROM scratch\n{command}\n"}
    files["tools/backend.py"] = 'raise SystemExit("which files to ship?")\n'
    found = provisioned(files, "pyproject.toml")
    assert isinstance(found, ResolutionFailure) is fails, found


def test_poetry_project_without_a_package_of_its_name(index: Index, provisioned: Call) -> None:
    index.add("poetry-core", "1.0")  # a backend that refuses: there is nothing to import in it
    index.add("needed")
    text = (
        '[tool.poetry]\nname = "shop-boilerplate"\nversion = "0.2"\n[tool.poetry.dependencies]\nneeded = "*"\n'
        '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
    )
    files = {"pyproject.toml": text, "poetry.lock": '[[package]]\nname = "needed"\nversion = "1.0"\n', "app/main.py": ""}
    found = provisioned(files, "poetry.lock", format="poetry-lock")
    assert isinstance(found, Environment)
    assert [each.name for each in found.distributions] == ["needed"]


def test_index_that_does_not_answer(provisioned: Call, environ: dict[str, str]) -> None:
    environ["UV_DEFAULT_INDEX"] = "http://someone:hunter22@127.0.0.1:9/simple"
    environ["UV_HTTP_RETRIES"] = "0"
    failure = requirements(provisioned, "kit\n")
    assert failure.kind == "network"
    assert "hunter22" not in failure.explanation


def test_folder_of_another_machine(provisioned: Call) -> None:
    failure = requirements(provisioned, "numerics @ file:///C:/bld/numerics_1/work\n")
    assert failure.kind == "not-found"


def test_pyproject_that_is_no_toml(provisioned: Call) -> None:
    failure = failed(provisioned({"pyproject.toml": "[project\n"}, "pyproject.toml"))
    assert failure.kind == "unreadable"
    assert "pyproject.toml" in failure.explanation


def test_poetry_constraint_that_is_none(provisioned: Call) -> None:
    text = '[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\nweb = "^one"\n'
    failure = failed(provisioned({"pyproject.toml": text}, "pyproject.toml", format="poetry"))
    assert failure.kind == "unreadable"
    assert "^one" in failure.explanation


def test_failure_is_not_kept(index: Index, provisioned: Call) -> None:
    assert requirements(provisioned, "late\n").kind == "not-found"
    index.add("late")
    assert isinstance(provisioned({}, "requirements.txt"), Environment)


def test_failure_leaves_no_half_built_folder(provisioned: Call, tmp_path: Path) -> None:
    requirements(provisioned, "never-there\n")
    assert not [each for each in (tmp_path / "cache").rglob("*") if each.name == "venv"]


def test_no_time_at_all(index: Index, provisioned: Call) -> None:
    started = time.monotonic()
    assert requirements(provisioned, "kit\n", timeout=0).kind == "timeout"
    assert time.monotonic() - started < 5


def test_read_only_looking_path_is_not_in_the_words(tmp_path: Path) -> None:
    told = explanation(f"Resolved 3 packages in 1ms\nerror: `{tmp_path}/a.txt`\n", {f"{tmp_path}/": ""})
    assert told == "error: `a.txt`"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pa55@h.example/simple", "https://***@h.example/simple"),
        ("https://me:p@ss@h.example/x", "https://***@h.example/x"),
        ("https://token@h.example/x", "https://***@h.example/x"),
        ("https://h.example/x?api_token=abc&v=1", "https://h.example/x?api_token=***&v=1"),
        ("mail me@h.example, https://h.example/@scope", "mail me@h.example, https://h.example/@scope"),
    ],
)
def test_credentials_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_kinds_of_uvs_words() -> None:
    assert kind_of("error: Failed to build `old-c==0.2`\n  Call to `x` failed") == "build"
    assert kind_of("Because a==1 has no usable wheels and you require a==1") == "build"
    assert kind_of("error: Failed to download and build `old-c==0.2`\n  cause: TOML parse error at line 1") == "build"
    assert kind_of("something new") == "other"
    unreached = "error: Failed to download and build `b @ git+ssh://h.example/b.git`\n  cause: Git operation failed\n  fatal: "
    assert kind_of(unreached + "Could not read from remote repository.") == "network"
    assert kind_of(unreached + "couldn't find remote ref 1f2e") == "not-found"
    assert names_in("Because a-b>=2 depends on C.d>=1 and you require a-b, we can conclude") == ("a-b", "c-d")


def test_token_of_an_index_is_never_shown(index: Index, provisioned: Call, environ: dict[str, str]) -> None:
    environ["HOUSE_TOKEN"] = "s3cr3t-t0ken"
    environ["UV_HTTP_RETRIES"] = "0"
    told: list[str] = []
    text = "--extra-index-url http://127.0.0.1:9/${HOUSE_TOKEN}/simple\nkit\n"
    failure = requirements(provisioned, text, progress=told.append)
    assert failure.kind == "network"
    assert "***" in failure.explanation
    assert "s3cr3t" not in failure.explanation + "".join(told)


def test_file_as_powershell_writes_it(index: Index, provisioned: Call) -> None:
    index.add("kit")
    found = provisioned({"requirements.txt": "kit\r\n".encode("utf-16")}, "requirements.txt")
    assert isinstance(found, Environment), found
    assert found.distribution("kit") is not None


def test_bytes_that_are_no_text(provisioned: Call) -> None:
    failure = failed(provisioned({"requirements.txt": b"\x00\xff\xfe\x9c\n"}, "requirements.txt"))
    assert failure.kind == "unreadable"

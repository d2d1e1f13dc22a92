import json
import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bootproof.environment import interpreter as interpreters
from bootproof.environment import provision
from bootproof.environment.installer import Deadline
from bootproof.environment.interpreter import Interpreter
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.project import DependencyFile, Evidence, PrestartCommand, Project, Requirement

from .conftest import BACKEND, Index, Provisioned

Call = Callable[..., Provisioned]


def versions(found: Provisioned) -> dict[str, str]:
    assert isinstance(found, Environment), found
    bundled = {"setuptools", "pip"}
    return {each.name: each.version for each in found.distributions if each.name not in bundled}


def failed(found: Provisioned) -> ResolutionFailure:
    assert isinstance(found, ResolutionFailure), found
    return found


def test_requirements_with_inclusion_and_constraint(index: Index, provisioned: Call) -> None:
    index.add("Zope.Thing", "1.0", files={"zope/thing.py": ""})
    index.add("swift-api", "1.2")
    index.add("swift-api", "2.0")
    found = provisioned(
        {
            "deploy/prod.txt": "-r ../base.txt\n-c limits.txt\nZope.Thing\n",
            "deploy/limits.txt": "swift-api<2\n",
            "base.txt": "swift_api  # the framework\n",
        },
        "deploy/prod.txt",
    )
    assert versions(found) == {"swift-api": "1.2", "zope-thing": "1.0"}
    assert isinstance(found, Environment)
    assert found.distribution("swift-api").modules == ("swift_api",)
    assert found.distribution("zope-thing").modules == ("zope",)
    ran = subprocess.run(
        [found.python, "-c", "import swift_api; print(swift_api.__cached__)"], capture_output=True, text=True
    )
    assert Path(ran.stdout.strip()).exists(), "compiled once, at build time"


def test_second_time_is_the_same_folder_and_quick(index: Index, provisioned: Call) -> None:
    index.add("quickly")
    files = {"requirements.txt": "quickly\n"}
    first = provisioned(files, "requirements.txt")
    told: list[str] = []
    started = time.perf_counter()
    second = provisioned(files, "requirements.txt", progress=told.append)
    seconds = time.perf_counter() - started
    assert first == second
    assert told == []
    assert seconds < 0.05  # measured: under 1 ms; the bound allows for a busy machine


def test_changed_included_file_gives_another_environment(index: Index, provisioned: Call) -> None:
    index.add("one")
    index.add("two")
    first = provisioned({"requirements.txt": "-r more.in\n", "more.in": "one\n"}, "requirements.txt")
    second = provisioned({"more.in": "one\ntwo\n"}, "requirements.txt")
    assert versions(first) == {"one": "1.0"}
    assert versions(second) == {"one": "1.0", "two": "1.0"}


def test_mended_file_stands_in_for_the_trees(index: Index, provisioned: Call, tmp_path: Path) -> None:
    index.add("driver-a")
    index.add("driver-b")
    found = provisioned(
        {"requirements.txt": "driver-a\n"}, "requirements.txt", overrides={"requirements.txt": b"driver-b\n"}
    )
    assert versions(found) == {"driver-b": "1.0"}
    assert (tmp_path / "backend" / "requirements.txt").read_bytes() == b"driver-a\n"


def test_constraints_choose_the_version_set(index: Index, provisioned: Call, tmp_path: Path) -> None:
    index.add("orm", "1.4")
    index.add("orm", "2.0")
    pins = tmp_path / "february.txt"
    pins.write_text("orm==1.4\n")
    files = {"requirements.txt": "orm\n"}
    assert versions(provisioned(files, "requirements.txt", constraints=pins)) == {"orm": "1.4"}
    assert versions(provisioned(files, "requirements.txt")) == {"orm": "2.0"}


def test_half_built_environment_is_built_again(index: Index, provisioned: Call) -> None:
    index.add("steady")
    first = provisioned({"requirements.txt": "steady\n"}, "requirements.txt")
    assert isinstance(first, Environment)
    folder = first.python.parent.parent.parent
    (folder / "complete.json").unlink()
    second = provisioned({}, "requirements.txt")
    assert versions(second) == {"steady": "1.0"}
    assert second != first
    assert not folder.exists()


def test_index_is_asked_again_after_a_week(index: Index, provisioned: Call) -> None:
    index.add("moving", "1.0")
    files = {"requirements.txt": "moving\n"}
    assert versions(provisioned(files, "requirements.txt")) == {"moving": "1.0"}
    index.add("moving", "2.0")
    assert versions(provisioned(files, "requirements.txt")) == {"moving": "1.0"}
    week_later = time.time() + 8 * 24 * 3600
    assert versions(provisioned(files, "requirements.txt", clock=lambda: week_later)) == {"moving": "2.0"}


def test_old_environment_serves_where_the_index_cannot_be_reached(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("moving", "1.0")
    environ["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple"
    environ["UV_HTTP_RETRIES"] = "0"
    wheels = next((tmp_path / "simple" / "moving").glob("*.whl")).parent
    environ["UV_FIND_LINKS"] = str(wheels)
    environ["UV_OFFLINE"] = "1"
    files = {"requirements.txt": "moving\n"}
    first = provisioned(files, "requirements.txt")
    assert versions(first) == {"moving": "1.0"}
    next(wheels.glob("*.whl")).unlink()
    second = provisioned(files, "requirements.txt", clock=lambda: time.time() + 8 * 24 * 3600)
    assert versions(second) == {"moving": "1.0"}
    assert isinstance(second, Environment)
    assert any("8 days ago" in each for each in second.advice)


def _build(
    root: str, cache: str, environ: dict[str, str], answers: "multiprocessing.Queue[tuple[str, int]]"
) -> None:
    lines: list[str] = []
    project = Project(
        Path(root), dependencies=(DependencyFile("requirements.txt", "requirements", chosen=True),)
    )
    found = provision(project, progress=lines.append, cache=Path(cache), environ=environ)
    assert isinstance(found, Environment)
    answers.put((str(found.python), sum(line.startswith("building") for line in lines)))


def test_two_at_once_build_one(index: Index, environ: dict[str, str], tmp_path: Path) -> None:
    index.add("shared-thing")
    root = tmp_path / "backend"
    root.mkdir()
    (root / "requirements.txt").write_text("shared-thing\n")
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    builders = [
        context.Process(target=_build, args=(str(root), str(tmp_path / "cache"), environ, answers))
        for _ in range(2)
    ]
    for builder in builders:
        builder.start()
    told = [answers.get(timeout=60) for _ in builders]
    for builder in builders:
        builder.join(timeout=60)
    assert told[0][0] == told[1][0]
    assert sum(built for _, built in told) == 1


def test_nothing_is_written_into_the_tree(index: Index, provisioned: Call, tmp_path: Path) -> None:
    files = project_with_backend()
    found = provisioned(files, "pyproject.toml")
    assert isinstance(found, Environment), found
    root = tmp_path / "backend"
    assert {each.relative_to(root).as_posix() for each in root.rglob("*") if each.is_file()} == set(files)
    assert not (root / "build").exists()


def project_with_backend(dependencies: str = "") -> dict[str, str]:
    return {
        "pyproject.toml": (
            f'[project]\nname = "ledger-app"\nversion = "3.4"\ndependencies = [{dependencies}]\n'
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["tools"]\n'
        ),
        "tools/backend.py": BACKEND,
        "src/ledger/__init__.py": "",
        "src/ledger/core.py": "def run(): ...\n",
    }


def test_own_project_keeps_its_metadata_and_not_its_modules(index: Index, provisioned: Call) -> None:
    index.add("needed")
    found = provisioned(project_with_backend('"needed"'), "pyproject.toml")
    assert versions(found) == {"ledger-app": "3.4", "needed": "1.0"}
    assert isinstance(found, Environment)
    assert found.paths == ("src",)
    ask = (
        "import importlib.metadata as m, importlib.util as u, json;"
        "print(json.dumps([m.version('ledger-app'), u.find_spec('ledger') is None,"
        " [e.value for e in m.entry_points(group='plugins')]]))"
    )
    ran = subprocess.run([found.python, "-c", ask], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == ["3.4", True, ["ledger.core:run"]]
    assert not [each for each in found.site[0].iterdir() if "_ledger" in each.name]


def test_dot_in_requirements_is_the_tree_and_not_a_copy(index: Index, provisioned: Call) -> None:
    files = project_with_backend() | {"requirements.txt": ".\n"}
    found = provisioned(files, "requirements.txt")
    assert versions(found) == {"ledger-app": "3.4"}
    assert isinstance(found, Environment)
    assert found.paths == ("src",)
    assert not (found.site[0] / "ledger").exists()


def test_local_library_of_a_poetry_project(index: Index, provisioned: Call) -> None:
    library = {f"libs/ledger/{path}": text for path, text in project_with_backend().items()}
    index.add("web", "1.9")
    index.add("web", "2.1")
    poetry = (
        '[tool.poetry]\nname = "shop"\npackage-mode = false\n[tool.poetry.dependencies]\npython = "^3.9"\n'
        'web = "^1.2"\nledger-app = {path = "libs/ledger", develop = true}\n'
        'unused = {version = "*", optional = true}\n'
        '[tool.poetry.group.dev.dependencies]\nneverthere = "*"\n'
    )
    found = provisioned({**library, "pyproject.toml": poetry}, "pyproject.toml", format="poetry")
    assert versions(found) == {"ledger-app": "3.4", "web": "1.9"}
    assert isinstance(found, Environment)
    assert found.paths == ("libs/ledger/src",)


def test_poetry_lock_pins(index: Index, provisioned: Call) -> None:
    index.add("web", "1.2")
    index.add("web", "1.9", requires=["deep"])
    index.add("deep", "5")
    files = {
        "svc/pyproject.toml": "[tool.poetry]\npackage-mode = false\n"
        '[tool.poetry.dependencies]\nweb = ">=1,<2"\n',
        "svc/poetry.lock": '[[package]]\nname = "web"\nversion = "1.2"\n\n'
        '[[package]]\nname = "absent"\nversion = "7"\n',
    }
    assert versions(provisioned(files, "svc/poetry.lock")) == {"web": "1.2"}


def test_pipfile_and_its_lock(index: Index, provisioned: Call) -> None:
    index.add("alpha", "1.0")
    index.add("alpha", "1.5")
    index.add("beta", "2.0")
    index.add("tool")
    pipfile = (
        '[[source]]\nname = "pypi"\nurl = "https://index.invalid/simple"\n'
        '[packages]\nalpha = "~=1.0"\nbeta = {version = "*", markers = "python_version >= \'3.8\'"}\n'
        '[dev-packages]\ntool = "*"\n'
    )
    assert versions(provisioned({"Pipfile": pipfile}, "Pipfile")) == {"alpha": "1.5", "beta": "2.0"}
    lock = {"default": {"alpha": {"version": "==1.0"}}, "develop": {"tool": {"version": "==1.0"}}}
    found = provisioned({"Pipfile.lock": json.dumps(lock)}, "Pipfile.lock")
    assert versions(found) == {"alpha": "1.0", "beta": "2.0"}


def test_uv_lock_decides_and_a_mended_project_is_locked_again(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    import uv

    index.add("frozen", "1.0")
    declared = '[project]\nname = "svc"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = [{}]\n'
    root = tmp_path / "backend"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        declared.format('"frozen"') + '[dependency-groups]\ndev = ["frozen"]\nlint = ["frozen"]\n'
    )
    subprocess.run([uv.find_uv_bin(), "lock", "--quiet"], cwd=root, env=environ, check=True)
    index.add("frozen", "2.0")
    index.add("extra-driver")
    assert versions(provisioned({}, "uv.lock")) == {"frozen": "1.0"}
    mended = declared.format('"frozen", "extra-driver"').encode()
    found = provisioned({}, "uv.lock", "pyproject.toml", overrides={"pyproject.toml": mended})
    assert versions(found) == {"frozen": "1.0", "extra-driver": "1.0"}
    lock = (root / "uv.lock").read_text()
    assert "extra-driver" not in lock, "the user's lock is not touched"


def test_lock_that_is_older_than_the_project_is_said(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    import uv

    index.add("frozen", "1.0")
    root = tmp_path / "backend"
    root.mkdir()
    text = '[project]\nname = "svc"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = ["frozen"]\n'
    (root / "pyproject.toml").write_text(text)
    subprocess.run([uv.find_uv_bin(), "lock", "--quiet"], cwd=root, env=environ, check=True)
    newer = {"pyproject.toml": text.replace('"frozen"', '"frozen", "Late_Comer"')}
    frozen = newer | {"Dockerfile": "FROM scratch\nRUN uv sync --frozen --no-dev\n"}
    found = provisioned(frozen, "uv.lock")
    assert versions(found) == {"frozen": "1.0"}
    assert isinstance(found, Environment)
    assert found.advice == ("`uv.lock` is older than `pyproject.toml`: it lacks `late-comer`",)
    index.add("late-comer", "3.0")
    (root / "Dockerfile").unlink()
    assert versions(provisioned(newer, "uv.lock")) == {"frozen": "1.0", "late-comer": "3.0"}, "as `uv sync` does"


def test_tool_of_a_group_that_a_document_has_a_person_run(index: Index, provisioned: Call) -> None:
    for name in ("web", "migrator", "linter"):
        index.add(name)
    files = {
        "pyproject.toml": '[project]\nname = "svc"\nversion = "0"\ndependencies = ["web"]\n'
        '[dependency-groups]\ndev = ["migrator>=1", "linter"]\n'
    }
    declared = [Requirement("web", "web", "pyproject.toml", 4), Requirement("migrator", "migrator>=1", "pyproject.toml", 6, group="dev")]
    steps = {
        "README.md": {"web": "1.0", "migrator": "1.0"},  # whoever reads it has the tools of development
        "Dockerfile": {"web": "1.0"},
    }
    for told, expected in steps.items():
        step = PrestartCommand(("migrator", "upgrade"), evidence=(Evidence("migrator upgrade", told, 1),))
        found = provisioned(files, "pyproject.toml", prestart=(step,), declared=tuple(declared))
        assert versions(found) == expected, told


def test_no_dependency_file_is_an_empty_environment(provisioned: Call) -> None:
    found = provisioned({"main.py": ""})
    assert versions(found) == {}
    assert isinstance(found, Environment)
    assert found.advice


def test_named_interpreter_is_used_and_never_changed(index: Index, provisioned: Call, tmp_path: Path) -> None:
    index.add("present", "4.2")
    built = provisioned({"requirements.txt": "present\n"}, "requirements.txt")
    assert isinstance(built, Environment)
    before = sorted(each.name for each in built.site[0].iterdir())
    found = provisioned({"requirements.txt": "something-else\n"}, "requirements.txt", python=built.python)
    assert isinstance(found, Environment)
    assert found.borrowed
    assert versions(found) == {"present": "4.2"}
    assert found.python == built.python
    assert sorted(each.name for each in built.site[0].iterdir()) == before


def test_named_interpreter_that_is_none(provisioned: Call, tmp_path: Path) -> None:
    script = tmp_path / "python3"
    script.write_text("#!/bin/sh\necho not me >&2\nexit 4\n")
    script.chmod(0o755)
    assert failed(provisioned({"main.py": ""}, python=script)).kind == "python"
    assert "not me" in failed(provisioned({}, python=script)).explanation
    assert failed(provisioned({}, python=tmp_path / "nowhere")).kind == "python"


def test_python_that_this_machine_lacks(provisioned: Call) -> None:
    failure = failed(provisioned({"requirements.txt": ""}, "requirements.txt", requires_python=">=3.77"))
    assert failure.kind == "python"
    assert "3.77" in failure.explanation


def test_dockerfile_names_another_python(provisioned: Call) -> None:
    found = provisioned(
        {"requirements.txt": "", "Dockerfile": "FROM python:3.77-slim AS run\n"}, "requirements.txt"
    )
    assert isinstance(found, Environment)
    assert any("`Dockerfile` names Python 3.77" in each for each in found.advice)


def test_dockerfile_of_another_name_and_an_argument_name_the_python(provisioned: Call) -> None:
    files = {"requirements.txt": "", "deploy/api.Dockerfile": "ARG VERSION=3.77.1\nFROM python:${VERSION}-slim\n"}
    found = provisioned(files, "requirements.txt", image="deploy/api.Dockerfile")
    assert isinstance(found, Environment)
    assert any("`deploy/api.Dockerfile` names Python 3.77" in each for each in found.advice)


def test_oldest_python_of_a_range_is_taken_where_the_running_one_does_not_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def find(request: str, *_: object) -> Interpreter | None:
        asked.append(request)
        return Interpreter(Path(request), f"{request}.1", "here") if request in ("3.13", "3.14") else None

    monkeypatch.setattr(interpreters, "_find", find)
    monkeypatch.setattr(interpreters, "running", lambda: Interpreter(Path("own"), "3.11.2", "here"))
    place = {"directory": tmp_path, "environ": {}, "deadline": Deadline.after(9), "cache": tmp_path}
    found = interpreters.choose(">=3.12", lambda _: None, **place)
    assert isinstance(found, Interpreter)
    assert (found.version, asked) == ("3.13.1", ["3.12", "3.13"])
    newer = Interpreter(Path("new"), "3.14.0", "here")
    older = interpreters.older(newer, "^3.12", lambda _: None, **place)
    assert older is not None
    assert "cannot be installed with Python 3.14.0" in older.advice[0]
    assert interpreters.older(newer, None, lambda _: None, **place) is None
    named = {".python-version": b"3.14"}
    assert interpreters.older(newer, ">=3.12", named.get, **place) is None, "the project names one"


def test_venv_in_the_tree_is_compared_and_not_run(index: Index, provisioned: Call) -> None:
    index.add("wanted", "2.0")
    index.add("asked")
    site = ".venv/lib/python3.11/site-packages"
    found = provisioned(
        {
            "requirements.txt": "wanted\nasked\n",
            ".venv/pyvenv.cfg": "home = /nowhere\n",
            ".venv/bin/python": "#!/bin/sh\ntouch $0.ran\n",
            f"{site}/wanted-1.0.dist-info/METADATA": "",
            f"{site}/secretly_there-1.0.dist-info/METADATA": "",
        },
        "requirements.txt",
    )
    assert isinstance(found, Environment)
    assert found.advice == (
        "`.venv` lacks what is declared: asked",
        "`.venv` has what nothing declares: secretly-there",
        "`.venv` has other versions: wanted 1.0 (declared: 2.0)",
    )


def test_builds_see_none_of_the_users_secrets(
    provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    seen = tmp_path / "seen.txt"
    environ["SESSION_SIGNING_KEY"] = "not-for-builds"
    files = project_with_backend()
    files["tools/backend.py"] += f"\nimport os\nopen({str(seen)!r}, 'a').write(repr(dict(os.environ)))\n"
    assert isinstance(provisioned(files, "pyproject.toml"), Environment)
    assert "PATH" in seen.read_text()
    assert "not-for-builds" not in seen.read_text()


def test_hanging_build_is_ended_with_all_its_children(provisioned: Call, tmp_path: Path) -> None:
    pid = tmp_path / "child.pid"
    files = project_with_backend() | {"requirements.txt": "-e .\n"}
    files["tools/backend.py"] += (
        "\nimport subprocess, time\nchild = subprocess.Popen(['sleep', '300'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\ntime.sleep(300)\n"
    )
    started = time.monotonic()
    failure = failed(provisioned(files, "requirements.txt", timeout=4))
    assert failure.kind == "timeout"
    assert time.monotonic() - started < 30
    time.sleep(0.2)
    assert not _alive(int(pid.read_text()))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def test_python_that_this_machine_lacks_is_looked_for_once(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    """A search takes most of a second: a Dockerfile must not cost it at every audit."""
    tools = tmp_path / "tools"
    tools.mkdir()
    environ["PATH"] = f"{tools}{os.pathsep}{environ['PATH']}"
    files = {"requirements.txt": "", "Dockerfile": "FROM python:3.77\n"}
    first = provisioned(files, "requirements.txt")
    started = time.perf_counter()
    assert provisioned(files, "requirements.txt") == first
    assert time.perf_counter() - started < 0.05
    remembered = (tmp_path / "cache" / "interpreters.json").read_bytes()
    (tools / "python3.77").write_text("")
    provisioned(files, "requirements.txt")
    assert (tmp_path / "cache" / "interpreters.json").read_bytes() != remembered


@pytest.mark.parametrize(
    ("variable", "folder"),
    [("PYENV_ROOT", "versions/3.77.0"), ("MISE_DATA_DIR", "installs/python/3.77.1"), ("ASDF_DATA_DIR", "installs/python/3.77.0")],
)
def test_pythons_of_a_version_manager_are_looked_for(
    provisioned: Call, environ: dict[str, str], tmp_path: Path, variable: str, folder: str
) -> None:
    """What they have on the search path are stand-ins, which refuse where no file of theirs chooses a version."""
    asked = tmp_path / "asked"
    script = tmp_path / "kept" / folder / "bin" / "python3.77"
    script.parent.mkdir(parents=True)
    script.write_text(f"#!/bin/sh\ntouch {asked}\nexit 1\n")
    script.chmod(0o755)
    environ[variable] = str(tmp_path / "kept")
    assert failed(provisioned({"requirements.txt": ""}, "requirements.txt", requires_python=">=3.77")).kind == "python"
    assert asked.exists()


def test_lock_beside_the_chosen_pyproject_counts(index: Index, provisioned: Call) -> None:
    index.add("web", "1.2")
    index.add("web", "1.9")
    files = {
        "pyproject.toml": '[project]\nname = "svc"\nversion = "0"\ndependencies = ["web"]\n',
        "poetry.lock": '[[package]]\nname = "web"\nversion = "1.2"\n',
    }
    assert versions(provisioned(files, "pyproject.toml")) == {"web": "1.2"}
    files["Dockerfile"] = "FROM scratch\nRUN pip install .\n"
    assert versions(provisioned(files, "pyproject.toml")) == {"web": "1.9"}, "pip heeds no lock"


def test_index_of_the_file_counts_for_more_than_pips_variable(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    house = Index(tmp_path / "house")
    index.add("kit", "1.0")
    house.add("kit", "2.0")
    environ["PIP_INDEX_URL"] = environ.pop("UV_DEFAULT_INDEX")
    assert versions(provisioned({"requirements.txt": "kit\n"}, "requirements.txt")) == {"kit": "1.0"}
    text = f"--index-url {house.url}\nkit\n"
    assert versions(provisioned({"requirements.txt": text}, "requirements.txt")) == {"kit": "2.0"}


def test_best_version_of_several_indexes_as_with_pip(index: Index, provisioned: Call, tmp_path: Path) -> None:
    house = Index(tmp_path / "house")
    index.add("kit", "2.0")
    house.add("kit", "1.0")
    text = f"--extra-index-url {house.url}\nkit\n"
    assert versions(provisioned({"requirements.txt": text}, "requirements.txt")) == {"kit": "2.0"}


def test_setuptools_comes_with_pip_and_not_with_uv(index: Index, provisioned: Call) -> None:
    """Before Python 3.12 a venv that pip fills has setuptools, undeclared; one that uv fills has not."""
    by_pip = provisioned({"requirements.txt": ""}, "requirements.txt")
    by_uv = provisioned({"Dockerfile": "RUN uv pip install -r requirements.txt\n"}, "requirements.txt")
    assert isinstance(by_pip, Environment)
    assert isinstance(by_uv, Environment)
    old = tuple(map(int, by_pip.version.split(".")[:2])) < (3, 12)
    assert (by_pip.distribution("setuptools") is not None) is old
    assert by_uv.distribution("setuptools") is None


def test_workspace_member_comes_from_the_tree(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    import uv

    index.add("deep", "2.0")
    member = project_with_backend('"deep"')
    member["pyproject.toml"] = member["pyproject.toml"].replace(
        "[build-system]", 'requires-python = ">=3.9"\n[build-system]'
    )
    files = {f"libs/ledger/{path}": text for path, text in member.items()}
    files["pyproject.toml"] = (
        '[project]\nname = "svc"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = ["ledger-app"]\n'
        '[tool.uv.workspace]\nmembers = ["libs/*"]\n[tool.uv.sources]\nledger-app = {workspace = true}\n'
    )
    root = tmp_path / "backend"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    without_lock = provisioned({}, "pyproject.toml")
    assert versions(without_lock) == {"deep": "2.0", "ledger-app": "3.4"}
    subprocess.run([uv.find_uv_bin(), "lock", "--quiet"], cwd=root, env=environ, check=True)
    locked = provisioned({}, "pyproject.toml")
    assert versions(locked) == {"deep": "2.0", "ledger-app": "3.4"}
    for found in (without_lock, locked):
        assert isinstance(found, Environment)
        assert found.paths == ("libs/ledger/src",)
        assert not (found.site[0] / "ledger").exists()

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from bootproof.environment import Layer, added
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.project import DependencyFile, Project

from .conftest import Index, Provisioned

Call = Callable[..., Provisioned]


def base(provisioned: Call, text: str) -> Environment:
    found = provisioned({"requirements.txt": text}, "requirements.txt")
    assert isinstance(found, Environment), found
    return found


def test_layer_holds_only_what_is_not_there(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("loop", "1.0")
    index.add("loop", "2.0")
    index.add("pg-driver", "0.3", requires=["loop>=1", "wire"])
    index.add("wire", "7")
    environment = base(provisioned, "loop==1.0\n")
    layer = added(environment, ["pg-driver>=0.2"], cache=tmp_path / "cache", environ=environ)
    assert isinstance(layer, Layer), layer
    assert [(each.name, each.version) for each in layer.distributions] == [
        ("pg-driver", "0.3"),
        ("wire", "7"),
    ]
    ask = (
        f"import sys; sys.path.append({str(layer.folder)!r}); import pg_driver, loop;"
        "print(pg_driver.__cached__, loop.VERSION)"
    )
    ran = subprocess.run([environment.python, "-c", ask], capture_output=True, text=True, check=True)
    cached, version = ran.stdout.split()
    assert Path(cached).exists()
    assert version == "1.0"


def test_environment_is_as_before(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("loop")
    index.add("driver")
    environment = base(provisioned, "loop\n")
    before = sorted(each.name for each in environment.site[0].iterdir())
    assert isinstance(added(environment, ["driver"], cache=tmp_path / "cache", environ=environ), Layer)
    assert sorted(each.name for each in environment.site[0].iterdir()) == before


def test_second_time_is_quick(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("driver")
    environment = base(provisioned, "")
    first = added(environment, ["driver"], cache=tmp_path / "cache", environ=environ)
    started = time.perf_counter()
    assert added(environment, ["driver"], cache=tmp_path / "cache", environ=environ) == first
    assert time.perf_counter() - started < 0.05  # measured: under 1 ms


def test_requirement_that_holds_gives_an_empty_layer(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("driver", "1.5")
    layer = added(base(provisioned, "driver\n"), ["driver>=1"], cache=tmp_path / "cache", environ=environ)
    assert isinstance(layer, Layer)
    assert layer.distributions == ()
    assert list(layer.folder.iterdir()) == []


def test_extra_of_an_installed_distribution(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("orm", "2.1", requires=['green ; extra == "asyncio"'], extras=["asyncio"])
    index.add("green", "3")
    layer = added(base(provisioned, "orm\n"), ["orm[asyncio]"], cache=tmp_path / "cache", environ=environ)
    assert isinstance(layer, Layer), layer
    assert [each.name for each in layer.distributions] == ["green"]


def test_pins_that_would_have_to_change(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("loop", "1.0")
    index.add("loop", "2.0")
    index.add("driver", requires=["loop>=2"])
    environment = base(provisioned, "loop<2\n")
    for requirement in ("driver", "loop>=2", "loop==2.0"):
        failure = added(environment, [requirement], cache=tmp_path / "cache", environ=environ)
        assert isinstance(failure, ResolutionFailure), failure
        assert failure.kind == "conflict", (requirement, failure)
        assert "loop" in failure.names


def test_name_that_is_not_there(provisioned: Call, environ: dict[str, str], tmp_path: Path) -> None:
    failure = added(base(provisioned, ""), ["never-there"], cache=tmp_path / "cache", environ=environ)
    assert isinstance(failure, ResolutionFailure)
    assert failure.kind == "not-found"
    assert not list((tmp_path / "cache" / "layers").rglob("site"))


def test_requirement_that_is_none(provisioned: Call, environ: dict[str, str], tmp_path: Path) -> None:
    failure = added(base(provisioned, ""), ["not a name"], cache=tmp_path / "cache", environ=environ)
    assert isinstance(failure, ResolutionFailure)
    assert failure.kind == "unreadable"
    assert "bootproof-" not in failure.explanation


def test_index_that_only_the_projects_file_names(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    other = Index(tmp_path / "house")
    other.add("house-driver", "5")
    environment = base(provisioned, f"--extra-index-url {other.url}\n")
    declared = (DependencyFile("requirements.txt", "requirements", chosen=True),)
    project = Project(tmp_path / "backend", dependencies=declared)
    layer = added(environment, ["house-driver"], project=project, cache=tmp_path / "cache", environ=environ)
    assert isinstance(layer, Layer), layer
    without = added(environment, ["house-driver"], cache=tmp_path / "cache", environ=environ)
    assert isinstance(without, ResolutionFailure)


def test_constraints_hold_for_a_layer(
    index: Index, provisioned: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    index.add("driver", "0.30")
    index.add("driver", "0.32")
    pins = tmp_path / "pins.txt"
    pins.write_text("driver==0.30\n")
    environment = base(provisioned, "")
    layer = added(environment, ["driver"], cache=tmp_path / "cache", environ=environ, constraints=pins)
    assert isinstance(layer, Layer)
    assert layer.distributions[0].version == "0.30"

"""An index of tiny wheels on disk, and projects that use it: no network, real uv, real venvs."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from bootproof.environment import provision
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.project import DependencyFile, PrestartCommand, Project, Requirement


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "network: asks the configured package index")


class Index:
    """A package index (PEP 503) in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    @property
    def url(self) -> str:
        return self.root.as_uri()

    def add(
        self,
        name: str,
        version: str = "1.0",
        *,
        files: Mapping[str, str] | None = None,
        requires: Sequence[str] = (),
        python: str = "",
        extras: Sequence[str] = (),
        metadata: str = "",
    ) -> str:
        """Publish a wheel; gives its SHA-256."""
        plain = name.replace("-", "_").lower()
        if files is None:
            files = {f"{plain}/__init__.py": f"VERSION = {version!r}\n"}
        info = f"{plain}-{version}.dist-info"
        head = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        head += [f"Requires-Dist: {each}" for each in requires]
        head += [f"Provides-Extra: {each}" for each in extras]
        head += [f"Requires-Python: {python}"] if python else []
        contents = {
            **files,
            f"{info}/METADATA": "\n".join(head) + f"\n{metadata}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        contents[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*contents, f"{info}/RECORD"])
        folder = self.root / plain.replace("_", "-").replace(".", "-")
        folder.mkdir(exist_ok=True)
        wheel = folder / f"{plain}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in contents.items():
                archive.writestr(path, text)
        self._write(folder)
        return hashlib.sha256(wheel.read_bytes()).hexdigest()

    def _write(self, folder: Path) -> None:
        links = [f'<a href="{each.name}">{each.name}</a>' for each in sorted(folder.glob("*.whl"))]
        (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>")


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "simple")


@pytest.fixture
def environ(index: Index, tmp_path: Path) -> dict[str, str]:
    """What a user's shell would hold: the index on disk is the only one."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "UV_DEFAULT_INDEX": index.url,
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
    }


Provisioned = Environment | ResolutionFailure


@pytest.fixture
def provisioned(tmp_path: Path, environ: dict[str, str]) -> Callable[..., Provisioned]:
    """Writes files into a tree and provisions it from those that are named."""
    root = tmp_path / "backend"

    def call(
        files: Mapping[str, str | bytes], *chosen: str, format: str = "", **options: object
    ) -> Provisioned:
        for path, text in files.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
        listed = cast("tuple[Requirement, ...]", options.pop("declared", ()))
        declared = tuple(DependencyFile(path, format or format_of(path), listed, chosen=True) for path in chosen)
        prestart = cast("tuple[PrestartCommand, ...]", options.pop("prestart", ()))
        requires = options.pop("requires_python", None)
        image = options.pop("image", "")
        assert requires is None or isinstance(requires, str)
        settings: dict[str, object] = {
            "cache": tmp_path / "cache",
            "environ": environ,
            "progress": lambda line: None,
        }
        return provision(
            Project(root, dependencies=declared, requires_python=requires, image=image, prestart=prestart),
            **{**settings, **options},
        )

    return call


def format_of(path: str) -> str:
    name = path.rpartition("/")[2]
    known = {
        "pyproject.toml": "pyproject",
        "uv.lock": "uv-lock",
        "poetry.lock": "poetry-lock",
        "Pipfile": "pipfile",
        "Pipfile.lock": "pipfile",
        "setup.cfg": "setup-cfg",
        "setup.py": "setup-py",
    }
    return known.get(name, "requirements")


BACKEND = '''
"""A build backend of the standard library alone, so that a build needs no network."""
import os, pathlib, re, zipfile

def _wheel(directory, files):
    text = pathlib.Path("pyproject.toml").read_text()
    name = re.search(r'name\\s*=\\s*"([^"]+)"', text)[1]
    version = re.search(r'version\\s*=\\s*"([^"]+)"', text)[1]
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    files = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
             f"{info}/entry_points.txt": "[plugins]\\nmine = ledger.core:run\\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    files[f"{info}/RECORD"] = "".join(f"{each},,\\n" for each in [*files, f"{info}/RECORD"])
    pathlib.Path("build").mkdir(exist_ok=True)  # as real backends do: it must not be the user's tree
    wheel = f"{plain}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, wheel), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel

def build_wheel(directory, config_settings=None, metadata_directory=None):
    sources = pathlib.Path("src").rglob("*.py")
    return _wheel(directory, {each.relative_to("src").as_posix(): each.read_text() for each in sources})

def build_editable(directory, config_settings=None, metadata_directory=None):
    return _wheel(directory, {"_ledger.pth": str(pathlib.Path("src").resolve()) + "\\n"})
'''

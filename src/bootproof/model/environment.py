"""The interpreter and the distributions that a project is rehearsed with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Distribution:
    """One installed distribution; `name` is normalised. `modules` are its top-level import names."""

    name: str
    version: str
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """One parameter that a callable accepts. `kind` is inspect's name: POSITIONAL_ONLY, VAR_KEYWORD, …"""

    name: str
    kind: str
    required: bool
    annotation: str = ""


@dataclass(frozen=True)
class Environment:
    """An interpreter with the project's own dependencies.

    `layers` are folders with added distributions that go behind the interpreter's own on `sys.path`: a trial
    that must not have a distribution simply lacks its layer. `site` are the folders that hold distributions.
    """

    python: Path
    version: str  # "3.11.7"
    distributions: tuple[Distribution, ...]
    site: tuple[Path, ...]
    layers: tuple[Path, ...] = ()
    borrowed: bool = False  # named by --python: used, never changed
    advice: tuple[str, ...] = ()  # e.g. the project's own .venv differs from what is declared
    stands_in: str = ""  # why this is not the Python that the project names, "" where it is
    paths: tuple[str, ...] = ()  # folders of the tree that installing the project puts on `sys.path`, relative to root

    def distribution(self, name: str) -> Distribution | None:
        """The installed distribution of that normalised name, or None."""
        return next((each for each in self.distributions if each.name == name), None)


@dataclass(frozen=True)
class ResolutionFailure:
    """The installer's own explanation of why the declared dependencies cannot be installed, masked."""

    explanation: str
    kind: str  # conflict, not-found, python, build, network, unreadable, hash, timeout, other
    names: tuple[str, ...] = ()  # the distributions it names

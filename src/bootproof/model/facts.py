"""The protocol of facts: read-only answers about a project and its environment, as rules ask for them."""

import ast
from collections.abc import Iterable, Mapping
from typing import Protocol

from bootproof.model.environment import Distribution, Parameter
from bootproof.model.project import DependencyFile, Project, Requirement, SettingValue


class Facts(Protocol):
    """Read-only answers. Text and positions are those of the *untouched* project, whatever fixes are planned."""

    @property
    def project(self) -> Project: ...

    @property
    def planned(self) -> frozenset[str]:
        """Fingerprints of the findings whose fixes are in the set that this symptom was rehearsed with."""
        ...

    @property
    def stands_in(self) -> str:
        """Why the interpreter is not the one that the project names, "" where it is: what breaks may break here alone."""
        ...

    @property
    def registered(self) -> tuple[str, ...]:
        """Routes ("GET /path") that the mended server registered; empty where none was seen to start."""
        ...

    # the source

    def files(self) -> tuple[str, ...]:
        """Every file of the project, relative, sorted."""
        ...

    def python_files(self) -> tuple[str, ...]:
        """Every Python file of the project, relative, sorted."""
        ...

    def text(self, file: str) -> bytes | None:
        """The bytes of any file of the project, None where there is none."""
        ...

    def syntax(self, file: str) -> ast.Module | None:
        """The parsed file, None where it does not parse. Parsed once."""
        ...

    def files_with(self, *needles: bytes) -> tuple[str, ...]:
        """The Python files whose bytes hold every needle."""
        ...

    def span(self, file: str, node: ast.AST) -> tuple[int, int]:
        """The byte offsets of a node in the file."""
        ...

    def module_of(self, file: str) -> str:
        """The dotted name under which the target imports this file."""
        ...

    def file_of(self, module: str) -> str | None:
        """The project's own file behind a dotted name, None where it is not own."""
        ...

    def reachable(self) -> frozenset[str]:
        """The own files that importing the target reaches through import statements, lazy ones included."""
        ...

    def mentions(self, word: str) -> tuple[tuple[str, int], ...]:
        """Where a word stands in text files of the project that are not code (README, config): file, line."""
        ...

    # dependencies

    def declared(self, name: str) -> Requirement | None:
        """The requirement that declares a distribution, directly; fixes that are planned count."""
        ...

    def dependency_file(self) -> DependencyFile | None:
        """The file where a new requirement belongs."""
        ...

    def installed(self, name: str) -> Distribution | None:
        """The distribution as installed for this rehearsal (planned fixes count), None where it is not."""
        ...

    def providers(self, module: str) -> tuple[str, ...]:
        """Installed distributions that provide a top-level import name."""
        ...

    def offers(self, module: str, names: Iterable[str] = ()) -> tuple[str, ...]:
        """Distributions that could be installed and, by their own metadata, provide a module.

        Where `names` are given they must be found in it. Best first; empty where nothing could be verified.
        """
        ...

    def holds(self, requirement: str, module: str, names: Iterable[str] = ()) -> bool:
        """Whether a release within a requirement's versions (`starlette<1`) provides a module and names in it."""
        ...

    # what the project's own interpreter says

    def exports(self, module: str) -> frozenset[str] | None:
        """What `from module import …` accepts, asked of the interpreter; None where it cannot be imported."""
        ...

    def homes(self, name: str, near: str) -> tuple[str, ...]:
        """Modules of the environment that export `name`, public and nearest to module `near` first."""
        ...

    def accepts(self, path: str) -> tuple[Parameter, ...] | None:
        """The parameters of `module:qualname`, None where there is no such callable."""
        ...

    def dialect(self, url_scheme: str) -> Mapping[str, object]:
        """What SQLAlchemy makes of a URL scheme: `driver`, `module`, `is_async`, or `error`."""
        ...

    def ask(self, question: str, **arguments: object) -> object:
        """One of the agent's other questions, by name; plain data back, None where it has no answer."""
        ...

    # settings

    def settings(self, key: str | None = None) -> tuple[SettingValue, ...]:
        """Values of settings files (of one variable, whatever its case), the one that wins first."""
        ...

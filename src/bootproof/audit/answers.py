"""The facts that rules are handed: the untouched source, the planned fixes, the project's own interpreter."""

import ast
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from bootproof.audit.variants import Plan, Variants
from bootproof.model.environment import Distribution, Parameter
from bootproof.model.project import GIVEN, DependencyFile, Project, Requirement, SettingValue
from bootproof.project.sources import Sources
from bootproof.rehearsal.rehearser import Rehearser

Offers = Callable[[str, tuple[str, ...], tuple[str, ...]], tuple[str, ...]]
Asked = dict[tuple[Path | None, str, str], dict[tuple[Path, ...], object]]  # by question, then by layers

LASTING = frozenset({"extras", "homes", "has"})  # what was found without a layer is still found with it


class Answers:
    """Implements the protocol of facts for one plan of fixes.

    `asked` are the interpreter's answers so far: one dictionary for all plans, since an answer depends on what is
    installed and not on the source.
    """

    def __init__(
        self,
        project: Project,
        sources: Sources,
        rehearser: Rehearser,
        variants: Variants,
        plan: Plan,
        offers: Offers,
        asked: Asked,
    ) -> None:
        self.project = project
        self._sources = sources
        self._rehearser = rehearser
        self._plan = plan
        self._variants = variants
        self._offers = offers
        self._asked = asked
        self.registered: tuple[str, ...] = ()
        self._reachable: frozenset[str] | None = None

    @property
    def planned(self) -> frozenset[str]:
        return frozenset(each.fingerprint for each in self._plan)

    @property
    def stands_in(self) -> str:
        return self._variants.stands_in

    # the source

    def files(self) -> tuple[str, ...]:
        return self._sources.files()

    def python_files(self) -> tuple[str, ...]:
        return self._sources.python_files()

    def text(self, file: str) -> bytes | None:
        return self._sources.text(file)

    def syntax(self, file: str) -> ast.Module | None:
        return self._sources.syntax(file)

    def files_with(self, *needles: bytes) -> tuple[str, ...]:
        return self._sources.files_with(*needles)

    def span(self, file: str, node: ast.AST) -> tuple[int, int]:
        return self._sources.span(file, node)

    def module_of(self, file: str) -> str:
        return self._sources.module_of(file)

    def file_of(self, module: str) -> str | None:
        return self._sources.file_of(module)

    def reachable(self) -> frozenset[str]:
        if self._reachable is None:
            target = self.project.target
            self._reachable = self._sources.reachable(target) if target else frozenset()
        return self._reachable

    def mentions(self, word: str) -> tuple[tuple[str, int], ...]:
        return self._sources.mentions(word)

    # dependencies

    def declared(self, name: str) -> Requirement | None:
        for file in self.project.dependencies:
            if file.chosen:
                for each in file.requirements:
                    if each.name == name and not each.group:
                        return each
        return self._variants.planned_requirement(self._plan, name)

    def dependency_file(self) -> DependencyFile | None:
        unwritable = ("uv-lock", "poetry-lock", "pdm-lock", "dockerfile")
        writable = [each for each in self.project.dependencies if each.chosen and each.format not in unwritable]
        return writable[0] if writable else None

    def installed(self, name: str) -> Distribution | None:
        return self._variants.distribution(self._plan, name)

    def providers(self, module: str) -> tuple[str, ...]:
        top = module.partition(".")[0]
        return tuple(each.name for each in self._variants.distributions(self._plan) if top in each.modules)

    def offers(self, module: str, names: Iterable[str] = ()) -> tuple[str, ...]:
        top = module.partition(".")[0]
        hints = tuple(each.name for file in self.project.dependencies for each in file.requirements)
        return self._offers(module, tuple(names), tuple(hint for hint in hints if top.lower() in hint))

    def holds(self, requirement: str, module: str, names: Iterable[str] = ()) -> bool:
        return requirement in self._offers(module, tuple(names), (requirement,))

    # what the project's own interpreter says

    def exports(self, module: str) -> frozenset[str] | None:
        answer = self.ask("exports", module=module)
        return None if answer is None else frozenset(cast("list[str]", answer))

    def homes(self, name: str, near: str) -> tuple[str, ...]:
        answer = cast("list[Mapping[str, str]]", self.ask("homes", name=name, near=near) or [])
        return tuple(each["module"] for each in answer)

    def accepts(self, path: str) -> tuple[Parameter, ...] | None:
        answer = self.ask("accepts", path=path)
        if answer is None:
            return None
        return tuple(Parameter(**each) for each in cast("list[dict[str, Any]]", answer))

    def dialect(self, url_scheme: str) -> Mapping[str, object]:
        return cast("Mapping[str, object]", self.ask("dialect", scheme=url_scheme) or {"error": "no answer"})

    def ask(self, question: str, **arguments: object) -> object:
        layers, whole = self._variants.installed(self._plan)
        wanted = (whole, question, repr(sorted(arguments.items())))
        asked = self._asked.setdefault(wanted, {})
        if layers not in asked:
            known = self._stands(question, asked, layers)
            if known is None:
                variant = self._variants.of(self._plan)
                known = self._rehearser.ask(question, arguments, variant.layers, variant.environment, variant.added)
            asked[layers] = known
        return asked[layers]

    def _stands(self, question: str, asked: Mapping[tuple[Path, ...], object], layers: tuple[Path, ...]) -> object:
        """An answer given without some of the layers that holds with them: layers only add."""
        if question not in LASTING:
            return None
        return next((each for fewer, each in list(asked.items()) if each and set(fewer) <= set(layers)), None)

    # settings

    def settings(self, key: str | None = None) -> tuple[SettingValue, ...]:
        order = {name: number for number, name in enumerate(("option", "env-file", *GIVEN))}
        values = [each for each in self.project.settings if key is None or each.key.upper() == key.upper()]
        return tuple(sorted(values, key=lambda each: (not each.loaded, order.get(each.source, 9))))


class NoInterpreter(Answers):
    """Facts without an environment: the source is read, the interpreter has no answer."""

    def ask(self, question: str, **arguments: object) -> object:
        return None

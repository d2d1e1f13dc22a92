"""From a plan of fixes to what one boot differs by: mended files, layers or another environment, stand-ins."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from bootproof.edits.apply import apply
from bootproof.edits.errors import EditError
from bootproof.environment.layer import Layer
from bootproof.model.environment import Distribution, Environment, ResolutionFailure
from bootproof.model.finding import Finding
from bootproof.model.project import HealthCheck, PrestartCommand, Requirement, StartCommand, Target
from bootproof.project.sources import Sources
from bootproof.rehearsal.variant import Variant

Plan = tuple[Finding, ...]
AddLayer = Callable[[Environment, tuple[str, ...]], Layer | ResolutionFailure]
Build = Callable[[Mapping[str, bytes]], Environment | ResolutionFailure]


class Started(NamedTuple):
    """How a project starts as mended files say it; None where they say nothing new."""

    start: StartCommand | None = None
    target: Target | None = None
    prestart: tuple[PrestartCommand, ...] | None = None
    health: HealthCheck | None = None
    variables: Mapping[str, str] | None = None


Restart = Callable[[Mapping[str, bytes]], Started]


class Unbuildable(Exception):
    """The dependencies of a plan cannot be installed; the text is the installer's own explanation."""

    def __init__(self, text: str, failure: ResolutionFailure | None = None) -> None:
        super().__init__(text)
        self.failure = failure


class Variants:
    """State: the layers and environments already built. Safe between threads."""

    def __init__(
        self,
        sources: Sources,
        environment: Environment,
        dependency_files: frozenset[str],
        add: AddLayer,
        build: Build,
        restart: Restart = lambda _files: Started(),
        start_files: frozenset[str] = frozenset(),
        given: frozenset[str] = frozenset(),
        refused: ResolutionFailure | None = None,
    ) -> None:
        """`restart` reads again how the project starts and what it is given, where files that say it (`start_files`) are mended.

        `given` are the fixes that `environment` was made with, because the untouched project's was `refused`.
        """
        self._given = given
        self._restart = restart
        self._start_files = start_files
        self._starts: dict[tuple[tuple[str, bytes], ...], Started] = {}
        self._dependency_files = dependency_files
        self._sources = sources
        self._environment = environment
        self._add = add
        self._build = build
        self._layers: dict[tuple[str, ...], Layer | ResolutionFailure] = {}
        self._environments: dict[tuple[tuple[str, bytes], ...], Environment | ResolutionFailure] = {}
        if refused is not None:
            self._environments[()] = refused
        self._lock = threading.RLock()

    def files(self, plan: Plan) -> dict[str, bytes | None]:
        """The mended contents of every file that the plan changes, None for one that goes.

        Raises EditError where edits contradict.
        """
        edits = [edit for each in plan if each.fix is not None for edit in each.fix.edits]
        return apply(edits, self._sources.text)

    def refusal(self, plan: Plan) -> str:
        """Why the plan's edits cannot be made together, or its dependencies not installed; "" where they can."""
        try:
            self.files(plan)
            self._layers_of(plan)
        except (EditError, Unbuildable) as problem:
            return str(problem).strip()
        return ""

    def of(self, plan: Plan, *, tls: str = "accept", certificate: str = "right") -> Variant:
        """What a boot with this plan differs by. Raises Unbuildable, EditError."""
        files = self.files(plan)
        layers, whole = self._layers_of(plan)
        stand_ins: dict[str, str] = {}
        for each in plan:
            if each.fix is not None:
                stand_ins.update(each.fix.stand_ins)
        started = self._started(files)
        return Variant(
            files=files,
            layers=tuple(layer.folder for layer in layers),
            stand_ins=stand_ins,
            environment=whole,
            added=frozenset(module for layer in layers for each in layer.distributions for module in each.modules),
            tls=tls,
            certificate=certificate,
            start=started.start,
            target=started.target,
            prestart=started.prestart,
            health=started.health,
            variables=started.variables,
        )

    def _started(self, files: Mapping[str, bytes | None]) -> Started:
        """How the mended files say that the project starts, None for what is as in the untouched ones."""
        there = {path: content for path, content in files.items() if content is not None}
        key = tuple(sorted((path, content) for path, content in there.items() if path in self._start_files))
        if not key:
            return Started()
        with self._lock:
            if key not in self._starts:
                self._starts[key] = self._restart(there)
            return self._starts[key]

    def built(self, plan: Plan) -> Environment:
        """A whole environment of the mended project, as its own dependency files say. Raises Unbuildable."""
        if self.lacks(plan):
            return self._whole(self.files(plan))
        if not any(each.fix is not None and each.fix.requires for each in plan) or self._environment.borrowed:
            return self._environment
        return self._whole(self.files(plan))

    @property
    def stands_in(self) -> str:
        """Why the interpreter is not the one that the project names, "" where it is."""
        return self._environment.stands_in

    def lacks(self, plan: Plan) -> bool:
        """Whether the plan is without a fix that the environment was made with: its own has to be made, if it can be."""
        return not self._given <= {each.fingerprint for each in plan}

    def installed(self, plan: Plan) -> tuple[tuple[Path, ...], Path | None]:
        """What a plan's boots run with: the layers' folders, and the interpreter where it is another one."""
        layers, whole = self._layers_of(plan)
        return tuple(layer.folder for layer in layers), whole.python if whole else None

    def distributions(self, plan: Plan) -> tuple[Distribution, ...]:
        """What is installed for a plan."""
        try:
            layers, whole = self._layers_of(plan)
        except Unbuildable:  # nothing is installed, and nobody boots with it
            return self._environment.distributions
        base = (whole or self._environment).distributions
        return base + tuple(each for layer in layers for each in layer.distributions)

    def distribution(self, plan: Plan, name: str) -> Distribution | None:
        """One installed distribution by its normalised name."""
        return next((each for each in self.distributions(plan) if each.name == name), None)

    def planned_requirement(self, plan: Plan, name: str) -> Requirement | None:
        """The requirement of that name that a planned fix declares."""
        for each in plan:
            for text in each.fix.requires if each.fix else ():
                try:
                    parsed = Parsed(text)
                except InvalidRequirement:
                    continue
                if canonicalize_name(parsed.name) == name:
                    return Requirement(
                        name, text, each.file, each.line, frozenset(parsed.extras), str(parsed.specifier)
                    )
        return None

    def _layers_of(self, plan: Plan) -> tuple[tuple[Layer, ...], Environment | None]:
        layers: list[Layer] = []
        if self.lacks(plan):
            return (), self._whole(self.files(plan))
        with self._lock:
            for each in plan:
                wanted = each.fix.requires if each.fix else ()
                if not wanted:
                    continue
                if wanted not in self._layers:
                    self._layers[wanted] = self._add(self._environment, wanted)
                layer = self._layers[wanted]
                if isinstance(layer, ResolutionFailure):
                    return (), self._whole(self.files(plan))
                if self._shadowed(layer):
                    return (), self._whole(self.files(plan))
                if layer.folder not in [other.folder for other in layers]:
                    layers.append(layer)
        return tuple(layers), None

    def _shadowed(self, layer: Layer) -> bool:
        """Whether the environment has a module of the same name in front: a layer stands behind it."""
        there = {module for each in self._environment.distributions for module in each.modules}
        return any(module in there for each in layer.distributions for module in each.modules)

    def _whole(self, files: Mapping[str, bytes | None]) -> Environment:
        if self._environment.borrowed:
            raise Unbuildable(
                "The interpreter that --python names is never changed: the fix's distributions were not tried"
            )
        mended = {path: content for path, content in files.items() if content is not None and path in self._dependency_files}
        key = tuple(sorted(mended.items()))
        with self._lock:
            if key not in self._environments:
                self._environments[key] = self._build(mended)
            built = self._environments[key]
        if isinstance(built, ResolutionFailure):
            raise Unbuildable(built.explanation, built)
        return built

"""What one boot differs by from the others of its project, and what it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bootproof.model.environment import Environment
from bootproof.model.project import HealthCheck, PrestartCommand, StartCommand, Target


@dataclass(frozen=True)
class Variant:
    """What one boot differs by: mended files, added layers, stand-ins, how the database answers TLS."""

    files: Mapping[str, bytes | None] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    layers: tuple[Path, ...] = ()
    added: frozenset[str] = frozenset()  # top-level import names that the layers bring
    stand_ins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    environment: Environment | None = None  # another than the project's own
    tls: str = "accept"
    certificate: str = "right"
    target: Target | None = None  # these where the mended files say something else than the project's
    start: StartCommand | None = None
    prestart: tuple[PrestartCommand, ...] | None = None
    health: HealthCheck | None = None
    variables: Mapping[str, str] | None = field(default=None, repr=False)  # that the start is given


@dataclass(frozen=True)
class Probes:
    """What a boot is asked: fixed requests, whether each route is asked once, whether a trial is stopped in order.

    A cold boot always is.
    """

    requests: tuple[Mapping[str, Any], ...] = ()
    routes: bool = False
    shutdown: bool = False
    health: str | None = None

"""What a rehearsal showed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bootproof.model.words import Outcome, Stage


@dataclass(frozen=True)
class Frame:
    """One frame of a traceback, innermost last. `file` is relative to the project's root where `own`."""

    file: str
    line: int
    function: str
    module: str
    own: bool
    source: str = ""


@dataclass(frozen=True)
class Failure:
    """One exception of a chain. `type` is qualified (`sqlalchemy.exc.ArgumentError`), `bases` its qualified MRO.

    `facts` holds the exception's own attributes that are plain data (`name`, `path`, `errno`, `lineno`;
    pydantic's `errors`, `title`), and types at the project's own last frame: `names` (what its names are),
    `receiver` and `method` (whose method it had called), `protocol` (`with`, `async with`, `await`, `for`,
    `async for`, where the interpreter itself raised there, for an object that does not speak it). `message` is masked.
    """

    type: str
    bases: tuple[str, ...]
    message: str
    frames: tuple[Frame, ...] = ()
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def is_a(self, *names: str) -> bool:
        """Whether one of the qualified names, or of the bare class names, is in the MRO."""
        return any(base in names or base.rpartition(".")[2] in names for base in self.bases)

    @property
    def own_frame(self) -> Frame | None:
        """The project's own last frame, or None."""
        return next((frame for frame in reversed(self.frames) if frame.own), None)


@dataclass(frozen=True)
class Swallowed:
    """A failure that the project hid: `kind` is connect, logged, lifespan or exit."""

    kind: str
    stage: Stage | None
    chain: tuple[Failure, ...]


@dataclass(frozen=True)
class Refused:
    """An outside address that the start asked for and the sandbox refused."""

    host: str
    port: int
    stage: Stage | None
    frame: Frame | None = None


@dataclass(frozen=True)
class StageTime:
    """How one stage went: `status` is passed, failed, skipped or not-reached."""

    stage: Stage
    status: str
    seconds: float


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, masked and cut to a readable length."""

    method: str
    path: str
    status: int | None
    body: str = ""
    request_body: str = ""
    content_type: str = ""


@dataclass(frozen=True)
class BrokenRequest:
    """A request that the application raised on, with the exception's chain."""

    method: str
    path: str
    chain: tuple[Failure, ...]


@dataclass(frozen=True)
class Symptom:
    """What one rehearsal showed. `chain[0]` is the exception that ended it; its causes follow, root last.

    `stage` is the stage that failed, None where the project started. `sandboxed` says that the failure comes
    from the isolation (a refused address, a read-only path), so that no rule may call it a fault.
    """

    outcome: Outcome
    stage: Stage | None = None
    chain: tuple[Failure, ...] = ()
    swallowed: tuple[Swallowed, ...] = ()
    refused: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = ()
    log: str = ""  # stdout and stderr, masked, cut
    stages: tuple[StageTime, ...] = ()
    exit_code: int | None = None
    sandboxed: str = ""
    routes: tuple[str, ...] = ()  # "GET /path", as registered
    models: tuple[str, ...] = ()  # table names known to the metadata
    tables: tuple[str, ...] = ()  # tables in the database at the end
    hooks: tuple[str, ...] = ()  # middleware classes, lifespan and startup handlers
    exchanges: tuple[Exchange, ...] = ()
    requests: tuple[BrokenRequest, ...] = ()
    seconds_to_ready: float | None = None  # of a cold boot, until its health route answered
    command: tuple[str, ...] = ()  # the prestart command that failed
    argv: tuple[str, ...] = ()  # what was run
    standing: tuple[tuple[Frame, ...], ...] = ()  # where it stood when the time was up: stacks that hold own frames
    seconds: float = 0.0
    note: str = ""

    @property
    def started(self) -> bool:
        """Whether the server came up and nothing that it needs was dead."""
        return self.outcome is Outcome.STARTED

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every exception that counts against the start: the chain, then what was swallowed."""
        return self.chain + tuple(failure for hidden in self.swallowed for failure in hidden.chain)

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
    `async for`, where the interpreter itself raised there, for an object that does not speak it). Of a mapper's
    failure it holds `arguments` (types of what the function that raised was given), `relationship` and `column`
    (what was being configured). `message` is masked.
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
    """A request that failed, with the chain of the exception behind it; without one, what it answered is the failure.

    `endpoint`: the own function that answers it, where its router told.
    """

    method: str
    path: str
    chain: tuple[Failure, ...]
    status: int | None = None
    endpoint: Frame | None = None


@dataclass(frozen=True)
class Held:
    """Who kept a process from ending: a `thread` that is no daemon, a `task`, or the `main` thread in own code.

    `frames`: where it stood; `started`: the own frames that began a thread, where that was seen.
    """

    kind: str
    name: str
    type: str  # of a thread, qualified
    frames: tuple[Frame, ...] = ()
    started: tuple[Frame, ...] = ()


@dataclass(frozen=True)
class Mishap:
    """What went wrong beside a start that went well: a coroutine that nobody awaited, a shutdown that failed or hung.

    A coroutine that was never awaited is a chain of one `RuntimeWarning`, whose frame is where it was made and whose
    facts name it (`coroutine`). `logged`: the project, or a library, only logged it.
    """

    stage: Stage
    chain: tuple[Failure, ...] = ()
    note: str = ""
    held: tuple[Held, ...] = ()
    logged: bool = False

    @property
    def unawaited(self) -> bool:
        """Whether it is a coroutine that was never awaited."""
        return bool(self.chain) and "coroutine" in self.chain[0].facts


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
    mishaps: tuple[Mishap, ...] = ()
    held: tuple[Held, ...] = ()  # of a symptom that is an end that did not come: who kept the process
    unasked: bool = False  # its routes were to be asked, and no OpenAPI document said how
    endpoint: Frame | None = None  # of a symptom that is one broken request: the own function that answers it
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

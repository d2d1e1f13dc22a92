"""The closed vocabularies: stage, family, severity, safety, meaning, verdict."""

from enum import IntEnum, StrEnum


class Stage(StrEnum):
    """When a failure is seen, in the order of a start."""

    RESOLVE = "resolve"
    PRESTART = "prestart"
    IMPORT = "import"
    STARTUP = "startup"
    READY = "ready"
    REQUESTS = "requests"
    SHUTDOWN = "shutdown"


class Family(IntEnum):
    """What kind of fault a rule knows; the first digit of its code and its folder in `rules/`."""

    UNDIAGNOSED = 0
    DEPENDENCIES = 1
    IMPORTS = 2
    SETTINGS = 3
    APPLICATION = 4
    ENGINE = 5
    CONNECTING = 6
    SERVER = 7
    REQUESTS = 8
    SHUTDOWN = 9


class Severity(StrEnum):
    """How much a finding matters, as proved."""

    BLOCKER = "blocker"
    FAILURE = "failure"
    ADVICE = "advice"


class Safety(StrEnum):
    """What applying a fix risks."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    PLACEHOLDER = "placeholder"


class Meaning(StrEnum):
    """What the trials say of a finding."""

    NECESSARY = "necessary"  # withheld, the start fails with this very diagnosis
    ANOTHER_FAILURE = "another-failure"  # withheld, it fails too, with another diagnosis
    REDUNDANT = "redundant"  # withheld alone it starts; withheld with another it does not
    NOT_NEEDED = "not-needed"  # the start does not need it
    FLAKY = "flaky"  # the same trial gave different answers
    SEEN = "seen"  # the failure was seen, but no fix exists that could be withheld
    UNPROVED = "unproved"  # a trial that would decide could not be held


class Verdict(StrEnum):
    """The answer of an audit."""

    STARTS = "starts"
    FAILS = "fails"
    UNPROVED = "unproved"


class Outcome(StrEnum):
    """How one rehearsal ended."""

    STARTED = "started"
    FAILED = "failed"  # an exception, an exit, a broken lifespan, no healthy answer, a swallowed failure
    TIMED_OUT = "timed-out"
    LIMIT = "limit"  # a limit of the sandbox was reached: memory, output, processes
    BROKEN = "broken"  # bootproof's own reasons; never evidence

"""From the agent's events to a symptom: what failed, at which stage, and what was hidden. Everything is masked."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bootproof.model.symptom import (
    BrokenRequest,
    Exchange,
    Failure,
    Frame,
    Held,
    Mishap,
    Refused,
    StageTime,
    Swallowed,
    Symptom,
)
from bootproof.model.words import Outcome, Stage

Event = Mapping[str, Any]
Mask = Callable[[str], str]

EROFS = 30  # errno: a read-only file system, which only the sandbox makes of a user's folders
LOG_SHOWN = 200_000  # characters of output kept: the beginning and the end
# feature_not_supported since PostgreSQL 15, undefined_file before; insufficient_privilege on a server of the user's.
NO_EXTENSION = ("0A000", "58P01", "42501")
EXTENSION = re.compile(
    r'extension "([^"]+)" is not available|/extension/([^"/]+)\.control"|permission denied to create extension "([^"]+)"'
)
NO_COMMAND = re.compile(r"^unknown command '?(\w[\w.]*)", re.IGNORECASE)  # of our own server, whose words we know
WARNING = ("RuntimeWarning", "Warning", "Exception", "BaseException")  # the bases of an unawaited coroutine's failure
LIMITS = {
    "memory": "the limit on memory was reached",
    "output": "the limit on output was reached",
    "processes": "the limit on processes was reached",
    "disk": "the limit on what may be written was reached",
}


def build(events: Sequence[Event], log: str, mask: Mask, *, served: bool = False, **more: Any) -> Symptom:
    """The symptom that a finished rehearsal's events tell. `served`: a real server was asked over HTTP. `more` are
    further fields of Symptom.
    """
    broken = next((event for event in events if event["event"] == "broken"), None)
    left = next((event for event in events if event["event"] == "exit"), None)
    ending = next((event for event in events if event["event"] == "failed" and event["stage"] != "shutdown"), None)
    begun = [Stage(event["stage"]) for event in events if event["event"] == "begin"]
    refused = tuple(_refused(event) for event in events if event["event"] == "refused")
    events = _in_requests(events)
    swallowed = _swallowed(events, mask)
    came_up = _came_up(events, served)
    note, outcome = "", Outcome.STARTED
    chain: tuple[Failure, ...] = ()
    stage: Stage | None = None
    raised = [event for event in events if event["event"] == "raised"]
    exit_code = left["code"] if left else None
    if broken is not None:
        outcome, note, stage = Outcome.BROKEN, mask(broken["note"]), None
    elif any(event["event"] == "no-server" for event in events):
        outcome, note = Outcome.BROKEN, "uvicorn is not installed in the project's environment"
    elif left is None and not any(event["event"] == "deadline" for event in events):
        outcome, note = Outcome.BROKEN, "the process that keeps the rehearsal went away"
    elif left is not None and left["limit"] == "time" and not came_up:
        outcome, stage, note = Outcome.TIMED_OUT, _last(begun), "it did not come up within the time limit"
    elif left is not None and left["limit"] and left["limit"] != "time":
        outcome, stage, note = Outcome.LIMIT, _last(begun), LIMITS[left["limit"]]
    elif ending is not None:
        outcome, stage, note = Outcome.FAILED, Stage(ending["stage"]), mask(ending["note"])
        chain = _chain(ending["chain"] or (raised[-1]["chain"] if raised else []), mask)
    elif left is None and not any(event["event"] == "deadline" for event in events):
        outcome, note = Outcome.BROKEN, "the keeper of the boot went away before it could tell how it ended"
    elif left is None:
        outcome, stage, note = Outcome.TIMED_OUT, _last(begun), "it did not answer within the time limit"
    elif not came_up:
        # a server that cannot listen stops in good order: that it shuts down is not what failed
        outcome, stage = Outcome.FAILED, Stage.READY if _last(begun) is Stage.SHUTDOWN else _last(begun)
        note = f"the process ended by itself, exit code {exit_code}"
        chain = _logged_last(swallowed)
    health = next((event for event in events if event["event"] == "health"), None)
    # a server that shows nothing of its application shows no failed request either: that it answers none is all there is
    unseen = not any(event["event"] == "registered" and event["routes"] for event in events)
    judged = health is not None and (health["known"] or (health.get("hopeless") and unseen))
    ill = health is not None and judged and (health["status"] is None or health["status"] >= 500)
    if outcome is Outcome.STARTED and health is not None and ill:
        outcome, stage = Outcome.FAILED, Stage.READY
        note = f"GET {health['path']} answered {health['status']}"
        failed = next((event for event in events if event["event"] == "request-failed"), None)
        chain = _chain(failed["chain"], mask) if failed else _logged_last(swallowed)
    dead = [hidden for hidden in swallowed if hidden.kind == "connect" and hidden.stage is not Stage.REQUESTS]
    if outcome is Outcome.STARTED and dead:
        outcome, stage = Outcome.FAILED, dead[0].stage
        note = "it answers, but it hides that its database cannot be reached"
    if outcome is Outcome.FAILED and chain:
        swallowed = tuple(hidden for hidden in swallowed if not _same(hidden.chain, chain))
    registered = next((event for event in reversed(events) if event["event"] == "registered"), {})
    standing = next((event["stacks"] for event in events if event["event"] == "standing"), ())
    command = next((tuple(event["argv"]) for event in events if event["event"] == "command"), ())
    return Symptom(
        outcome=outcome,
        stage=stage,
        chain=chain,
        swallowed=swallowed,
        refused=refused,
        warnings=tuple(dict.fromkeys(mask(event["text"]) for event in events if event["event"] == "warning")),
        log=mask(cut(log)),
        stages=_stages(events, outcome, stage),
        exit_code=exit_code,
        sandboxed=_sandboxed(chain, refused, stage, swallowed) if outcome in (Outcome.FAILED, Outcome.TIMED_OUT) else "",
        routes=_routes(events, registered),
        models=tuple(registered.get("models", ())),
        hooks=tuple(registered.get("hooks", ())),
        requests=_broken_requests(events, mask),
        mishaps=tuple(_mishaps(events, mask)),
        unasked=any(event["event"] == "schema" and not event["served"] for event in events),
        command=command,
        standing=tuple(tuple(_frame(each) for each in stack) for stack in standing),
        note=note,
        exchanges=tuple(
            Exchange(
                event["method"],
                event["path"],
                event["status"],
                mask(event["body"]),
                mask(event.get("request_body", "")),
                event.get("content_type", ""),
            )
            for event in events
            if event["event"] == "exchange"
        ),
        seconds_to_ready=health["seconds"] if health else None,
        **more,
    )


def _broken_requests(events: Sequence[Event], mask: Mask) -> tuple[BrokenRequest, ...]:
    """Requests that failed, once each."""
    found: dict[tuple[str, str], BrokenRequest] = {}
    for event in events:
        if event["event"] == "request-failed":
            key = (event["method"], event["path"])
            place = _frame(event["endpoint"]) if event.get("endpoint") else None
            found.setdefault(key, BrokenRequest(*key, _chain(event["chain"], mask), event.get("status"), place))
    return tuple(found.values())


def _mishaps(events: Sequence[Event], mask: Mask) -> Iterator[Mishap]:
    """What went wrong beside the start, in the order in which it was seen; an unawaited coroutine once for each place."""
    seen: set[tuple[str, int, str]] = set()
    unstopped = next((event for event in reversed(events) if event["event"] == "unstopped"), None)
    for event in events:
        stage = Stage(event["stage"]) if event.get("stage") in list(Stage) else Stage.STARTUP
        if event["event"] == "unawaited":
            place = _frame(event["frame"])
            if (place.file, place.line, event["name"]) in seen:
                continue
            seen.add((place.file, place.line, event["name"]))
            text = mask(f"coroutine '{event['name']}' was never awaited")
            facts = MappingProxyType({"coroutine": mask(event["name"])})
            yield Mishap(stage, (Failure("RuntimeWarning", WARNING, text, (place,), facts),))
        elif event["event"] == "failed" and stage is Stage.SHUTDOWN:
            yield Mishap(stage, _chain(event["chain"], mask), mask(event["note"]))
        elif event["event"] == "swallowed" and event["kind"] == "logged" and stage is Stage.SHUTDOWN:
            yield Mishap(stage, _chain(event["chain"], mask), logged=True)
        elif event["event"] == "held" and unstopped is not None:
            note = f"the server was asked to stop, and its process had not ended {event['seconds']:.0f} s later"
            yield Mishap(Stage.SHUTDOWN, (), note, tuple(_held(each, mask) for each in event["held"]))


def _held(raw: Mapping[str, Any], mask: Mask) -> Held:
    frames, started = (tuple(_frame(each) for each in raw[name]) for name in ("frames", "started"))
    return Held(raw["kind"], mask(raw["name"]), raw["type"], frames, started)


def _routes(events: Sequence[Event], registered: Event) -> tuple[str, ...]:
    """What the application has registered and what its schema serves, together."""
    served = next((event["routes"] for event in events if event["event"] == "schema"), ())
    return tuple(sorted({*registered.get("routes", ()), *served}))


def cut(text: str) -> str:
    """The text, or its beginning and end where it is long."""
    if len(text) <= LOG_SHOWN:
        return text
    half = LOG_SHOWN // 2
    return f"{text[:half]}\n… {len(text) - LOG_SHOWN} characters left out …\n{text[-half:]}"


def _came_up(events: Sequence[Event], served: bool) -> bool:
    return any(event["event"] == ("health" if served else "started") for event in events) or (
        not served and any(event["event"] == "end" and event["stage"] == "ready" for event in events)
    )


def _last(begun: Sequence[Stage]) -> Stage:
    return begun[-1] if begun else Stage.IMPORT


def _chain(raw: Sequence[Mapping[str, Any]], mask: Mask) -> tuple[Failure, ...]:
    return tuple(
        Failure(
            type=each["type"],
            bases=tuple(each["bases"]),
            message=mask(each["message"]),
            frames=tuple(_frame(frame) for frame in each["frames"]),
            facts=MappingProxyType({key: _masked(value, mask) for key, value in each["facts"].items()}),
        )
        for each in raw
    )


def _masked(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(each, mask) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each, mask) for key, each in value.items()}
    return value


def _frame(raw: Mapping[str, Any]) -> Frame:
    return Frame(raw["file"], raw["line"], raw["function"], raw["module"], raw["own"], raw["source"])


def _refused(event: Event) -> Refused:
    stage = Stage(event["stage"]) if event["stage"] in list(Stage) else None
    return Refused(event["host"], event["port"], stage, _frame(event["frame"]) if event["frame"] else None)


def _swallowed(events: Sequence[Event], mask: Mask) -> tuple[Swallowed, ...]:
    """What was hidden and did not come right later: a connect that is retried until it works is none."""
    found: list[tuple[str, Swallowed]] = []
    for event in events:
        if event["event"] == "recovered":
            found = [each for each in found if each[0] != event["name"]]
        elif event["event"] == "swallowed":
            chain = _chain(event["chain"], mask)
            stage = Stage(event["stage"]) if event["stage"] in list(Stage) else None
            if not any(_same(chain, other.chain) and other.kind == event["kind"] for _name, other in found):
                found.append((event["name"], Swallowed(event["kind"], stage, chain)))
    return tuple(each for _name, each in found)


def _logged_last(swallowed: Sequence[Swallowed]) -> tuple[Failure, ...]:
    """The failure that was logged last: where a server ends or answers badly and raises nothing, it is the reason."""
    return next((hidden.chain for hidden in reversed(swallowed) if hidden.kind == "logged"), ())


def _in_requests(events: Sequence[Event]) -> list[Event]:
    """The events, with what a real server told while it was asked further than its health, or its root, as of that stage."""
    known, found = None, []
    for event in events:
        if event["event"] == "health":
            known = event["known"]
        beyond = known is not None or (event["event"] == "swallowed" and _raised_again(event, events))
        of_ready = event.get("stage") == "ready" and event["event"] in ("swallowed", "unawaited", "refused")
        found.append({**event, "stage": "requests"} if of_ready and beyond else event)
    return found


def _raised_again(hidden: Event, events: Sequence[Event]) -> bool:
    """Whether what looked hidden ended a request after all."""
    told = {(each["type"], each["message"]) for each in hidden["chain"]}
    failed = [event["chain"] for event in events if event["event"] == "request-failed"]
    return any((each["type"], each["message"]) in told for chain in failed for each in chain)


def _same(one: Sequence[Failure], other: Sequence[Failure]) -> bool:
    """Whether two chains tell of one failure: some exception of both has the same type and message."""
    return bool({(each.type, each.message) for each in one} & {(each.type, each.message) for each in other})


def _stages(events: Sequence[Event], outcome: Outcome, stage: Stage | None) -> tuple[StageTime, ...]:
    seconds: dict[Stage, float] = {}
    status: dict[Stage, str] = {}
    for event in events:
        if event["event"] in ("end", "failed") and event["stage"] in list(Stage):
            which = Stage(event["stage"])
            seconds[which] = seconds.get(which, 0.0) + event["seconds"]
            if status.get(which) != "failed":
                status[which] = "passed" if event["event"] == "end" else "failed"
        elif event["event"] == "health":
            seconds[Stage.READY] = event["seconds"]
            status[Stage.READY] = "passed"
    if status.get(Stage.READY) == "passed":
        for each in (Stage.IMPORT, Stage.STARTUP):  # of a server without our eyes in it nobody tells, but it is past them
            status.setdefault(each, "passed")
    if outcome is not Outcome.STARTED and stage is not None:
        status[stage] = "failed"
    if any(event["event"] == "unstopped" for event in events):
        status[Stage.SHUTDOWN] = "failed"
    return tuple(
        StageTime(which, status.get(which, "not-reached"), seconds.get(which, 0.0))
        for which in Stage
        if which is not Stage.RESOLVE and which is not Stage.REQUESTS
    )


NETWORK = ("gaierror", "ConnectionError", "ConnectionRefusedError", "TimeoutError", "URLError", "ConnectError")
UNREACHABLE = (101, 111, 113, -2, -3)  # errno: no network, refused, no host; of a look-up: no name, try again
MISTAKES = ("TypeError", "AttributeError", "NameError", "ImportError", "SyntaxError", "AssertionError")


def _sandboxed(
    chain: Sequence[Failure], refused: Sequence[Refused], stage: Stage | None, swallowed: Sequence[Swallowed] = ()
) -> str:
    """Why the failure comes from the isolation, "" where it does not."""
    for failure in chain:
        if failure.facts.get("errno") == EROFS:
            return f"it writes to `{failure.facts.get('filename')}`, outside what a rehearsal may write"
    away = missed(chain, refused, stage) or _hidden(chain, refused, stage, swallowed)
    if away is not None:
        place = f"`{away.frame.file}:{away.frame.line}`" if away.frame else "it"
        return f"{place} needs {away.host}:{away.port}, which a rehearsal does not reach"
    for failure in chain:
        state = failure.facts.get("sqlstate") or failure.facts.get("pgcode")
        extension = EXTENSION.search(failure.message) if state in NO_EXTENSION else None
        if extension is not None:
            name = extension[extension.lastindex or 0]
            return f"it creates the PostgreSQL extension `{name}`, which the rehearsal's server cannot"
        command = NO_COMMAND.search(failure.message) if failure.is_a("RedisError", "ValkeyError") else None
        if command is not None:
            return f"it gives Redis the command `{command[1]}`, which the rehearsal's server does not have"
    return ""


def missed(chain: Sequence[Failure], refused: Sequence[Refused], stage: Stage | None) -> Refused | None:
    """The refused address that the failure comes from, None where it comes from none.

    A client library has exceptions of its own, so the type is only one sign of it: others are that the message
    names the address, and that a library raised in the very call of the project which asked for it.
    """
    latest = tuple(reversed(refused))
    for each in latest:
        if any(_names(failure.message, each) for failure in chain):
            return each
    own = next((failure.own_frame for failure in chain if failure.own_frame), None)
    mistake = any(failure.is_a(*MISTAKES) for failure in chain)
    for each in latest:
        same = own is not None and each.frame is not None and (own.file, own.line) == (each.frame.file, each.frame.line)
        if same and not mistake and chain[-1].frames and not chain[-1].frames[-1].own:
            return each
    unreachable = any(each.is_a(*NETWORK) or each.facts.get("errno") in UNREACHABLE for each in chain)
    # it waits for what does not come, ends without a word of why, or says itself that it is not well
    waits = not chain
    at_stage = [each for each in latest if each.stage is stage or each.stage is None]
    if unreachable:
        return next(iter((*at_stage, *latest)), None)
    return next(iter(at_stage), None) if waits else None


def _hidden(
    chain: Sequence[Failure], refused: Sequence[Refused], stage: Stage | None, swallowed: Sequence[Swallowed]
) -> Refused | None:
    """The refused address of a failure that the project caught, where it then gave up in words of its own."""
    if not chain or not chain[-1].frames or not chain[-1].frames[-1].own or chain[-1].is_a(*MISTAKES):
        return None
    caught = [failure.message for hidden in swallowed if hidden.stage is stage for failure in hidden.chain]
    return next((each for each in reversed(refused) if any(_names(message, each) for message in caught)), None)


def _names(message: str, address: Refused) -> bool:
    """Whether a message names an address: its host, and its port somewhere behind it."""
    port = rf".{{0,60}}?\b{address.port}\b" if address.port else ""
    return bool(re.search(rf"(?<![\w.-]){re.escape(address.host)}(?![\w-]){port}", message, re.DOTALL))

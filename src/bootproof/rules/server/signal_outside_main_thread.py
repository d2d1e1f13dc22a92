"""A signal handler is set outside the main thread

## What happens
`signal.signal` raises `ValueError`: it works in the main thread of the main interpreter only.

## Why the server cannot start
The call is made in a thread: through `asyncio.to_thread`, an executor, a synchronous dependency or startup
handler that the framework runs in its thread pool, or a thread of the project's own.

## How to recognise it
`ValueError` raised by `signal.signal`, which the project calls below a frame that runs a thread.

## How it is fixed
There is no automatic fix: whether the handler is wanted at all beside the server's own (uvicorn handles SIGINT
and SIGTERM) is for a person to say. In the main thread, `loop.add_signal_handler` sets one in the lifespan;
what is to happen at the end of the server belongs behind the lifespan's `yield`.

## Fix safety
Nothing is changed.

## References
https://docs.python.org/3/library/signal.html#signals-and-threads
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.registry import finding

CODE = "BP711"
THREADS = ("threading", "concurrent.futures.thread", "anyio._backends._asyncio")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The project's own frame that sets the handler."""
    for failure in symptom.failures:
        last, own = failure.frames[-1] if failure.frames else None, failure.own_frame
        if last is None or own is None or not failure.is_a("ValueError"):
            continue
        threaded = any(each.module in THREADS for each in failure.frames)
        if threaded and last.module == "signal" and last.function == "signal":
            outer = [each for each in failure.frames if each.own and each != own]
            yield finding(
                __name__,
                f"{own.function}",
                file=own.file,
                line=own.line,
                cause=f"`{own.function}` sets a signal handler, and it runs in a thread",
                explanation="Python delivers signals to the main thread, and only that may set handlers.",
                related=(Location(outer[-1].file, outer[-1].line, note="has it run in a thread"),) if outer else (),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """What a person can do."""
    rivals = (
        Rival("call it without a thread", "a lifespan runs in the main thread"),
        Rival("leave the handler out", "uvicorn handles SIGINT and SIGTERM, and the lifespan's end runs then"),
    )
    return Fix("set the handler in the main thread, or leave it out", Safety.PLACEHOLDER, rivals=rivals)

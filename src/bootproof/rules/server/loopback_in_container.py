"""A server in a container listens on the container's own loopback

## What happens
The container runs and its port is published, but nobody reaches the server: "connection reset by peer", "empty
reply from server".

## Why the server cannot start
It does start. A published port leads to the container's outer address, and `127.0.0.1` inside a container is
its own. uvicorn and gunicorn listen there unless they are told otherwise.

## How to recognise it
The start command of an image or compose service whose port is exposed or published names a loopback address,
or no host at all. Nothing in the image stands before the server (nginx, Caddy, supervisord). A rehearsal asks
from inside, so this is advice.

## How it is fixed
The command listens on every address: `--host 0.0.0.0`, or `--bind 0.0.0.0:8000`.

## Fix safety
Safe: which addresses outside the container lead to it is said where its port is published.

## References
https://docs.docker.com/engine/network/port-publishing/, https://www.uvicorn.org/settings/#socket-binding
"""

import re
from collections.abc import Iterable

from bootproof.edits import commands
from bootproof.edits.commands import Word
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.words import Safety
from bootproof.rules.registry import finding
from bootproof.rules.server._command import all_written, arguments, named, place, written

CODE = "BP792"
_IMAGE = re.compile(r"(?:^|/)(?:[\w.-]*(?:Docker|Container)file[\w.-]*|(?:docker-)?compose[\w.-]*\.ya?ml)$")
_PUBLISHED = re.compile(rb"^\s*(?:EXPOSE\s+\d|ports:\s*(?:\[|$))", re.MULTILINE)
_BEFORE = re.compile(rb"nginx|caddy|supervisord|envoy|haproxy|network_mode:\s*[\"']?host|UVICORN_HOST|GUNICORN_CMD_ARGS", re.I)
_LOOPBACK = re.compile(r"(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)(?::|$)")


def scan(facts: Facts) -> Iterable[Finding]:
    """The command of an image that nobody outside can reach."""
    start = facts.project.start
    if start is None or start.program not in ("uvicorn", "gunicorn", "hypercorn") or named(start) is None:
        return
    texts = [facts.text(file) or b"" for file in start.files if _IMAGE.search(file)]
    if not any(_PUBLISHED.search(text) for text in texts) or any(_BEFORE.search(text) for text in texts):
        return
    words = arguments(start)
    if any(re.match(r"(?:--config|-c|--uds|--fd)\b|unix:|fd://", word) for word in words):
        return
    given = [_host(word, behind) for word, behind in zip(words, (*words[1:], ""), strict=True)]
    hosts = [each for each in given if each is not None]
    if hosts and not all(_LOOPBACK.match(each) for each in hosts):
        return
    file, line = place(facts, start)
    yield finding(
        __name__,
        start.program,
        file=file,
        line=line,
        advice_only=True,
        cause=f"{start.program} listens on `{hosts[0] if hosts else '127.0.0.1'}` in a container whose port is published",
        explanation="Inside a container the loopback is its own: what is published leads to its outer address.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Every address of the container."""
    start = facts.project.start
    name = named(start) if start is not None else None
    if start is None or name is None:
        return None
    words = all_written(facts, start)
    for word, behind in zip(words, (*words[1:], None), strict=True):
        option, equals, value = word.text.partition("=")
        if option not in ("--host", "--bind", "-b") or (not equals and behind is None):
            continue
        given: Word = word if equals or behind is None else behind
        new = re.sub(_LOOPBACK, lambda found: "0.0.0.0:" if found[0].endswith(":") else "0.0.0.0", value or given.text)
        changed = commands.replaced(facts.text(given.file) or b"", given, f"{option}={new}" if equals else new)
        return Fix("listen on every address", Safety.SAFE, (changed,))
    at = written(facts, start, name.word)
    if at is None:
        return None
    more = ("--host", "0.0.0.0") if start.program == "uvicorn" else ("--bind", "0.0.0.0:8000")
    return Fix("listen on every address", Safety.SAFE, (commands.added(facts.text(at.file) or b"", at, *more),))


def _host(word: str, behind: str) -> str | None:
    """The host that an option gives, None where it is no option for one."""
    option, equals, value = word.partition("=")
    if option not in ("--host", "--bind", "-b"):
        return None
    return value if equals else behind

"""The server is to listen on an address that this machine does not have

## What happens
The application starts, then the server cannot bind: "cannot assign requested address", or the host is no
address at all (`http://0.0.0.0`, `localhost:8000`).

## Why the server cannot start
A process listens on addresses of its own machine only, given without scheme and port. The server stops again
in good order, which looks like an ordinary shutdown.

## How to recognise it
The server itself failed to bind, behind the startup of the application, and the command (or the project's call
of `uvicorn.run`) names a host that is a URL, has a port in it, or is an address that this machine lacks.

## How it is fixed
The host alone is left of a URL. An address that is not this machine's becomes `0.0.0.0`, every address of
whatever machine it runs on.

## Fix safety
Safe for a URL or a host with a port. Unsafe for another address: it then listens on every interface.

## References
https://www.uvicorn.org/settings/#socket-binding, bind(2)
"""

import ast
import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits import commands
from bootproof.edits.commands import Word
from bootproof.edits.python import replace_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.origins import origins
from bootproof.rules.reading import keyword
from bootproof.rules.registry import finding
from bootproof.rules.server._command import all_written
from bootproof.rules.server._runs import runs

CODE = "BP707"
_URL = re.compile(r"(?:\w+://)?(\[[^\]]+\]|[^:/\[\]]+)(:\d+)?/?$")


@dataclass(frozen=True)
class Host:
    """Where a host is given: a word of the command, or a literal of the code."""

    text: str
    file: str
    line: int
    word: Word | None = None
    node: ast.AST | None = None


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The host on which the server could not listen."""
    start = facts.project.start
    if start is None or symptom.stage not in (Stage.READY, Stage.IMPORT, Stage.STARTUP):
        return
    if not any(_binding(failure) for failure in symptom.chain):
        return
    for host in _hosts(facts):
        better = _better(host.text)
        if better is None:
            continue
        new, same = better
        yield finding(
            __name__,
            host.text,
            file=host.file,
            line=host.line,
            data={"host": host, "new": new, "same": same},
            cause=f"the server is to listen on `{host.text}`, which is no address of this machine",
            explanation="A server listens on addresses of its own machine, without a scheme; the port has an option of its own.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A host on which it can listen."""
    host, new = finding.data["host"], str(finding.data["new"])
    assert isinstance(host, Host)
    text = facts.text(host.file) or b""
    edit: Edit | None = None
    if host.word is not None:
        edit = commands.replaced(text, host.word, host.word.text.replace(host.text, new))
    elif host.node is not None:
        edit = replace_node(host.file, text, host.node, f'"{new}"')
    if edit is None:
        return None
    if finding.data["same"]:
        return Fix(f"listen on `{new}`", Safety.SAFE, (edit,))
    loses = f"that it listens on `{host.text}` alone: it then listens on every interface"
    return Fix(f"listen on `{new}`", Safety.UNSAFE, (edit,), loses=loses)


def _binding(failure: Failure) -> bool:
    """Whether a failure is the server's, where it makes its socket."""
    last = failure.frames[-1] if failure.frames else None
    if last is None or (failure.own_frame is not None and not before_own_frame(failure)):
        return False
    if failure.is_a("SystemExit"):
        return last.module == "gunicorn.sock"
    made = ("create_server", "_create_server", "bind", "bind_socket", "getaddrinfo", "_ensure_resolved", "startup")
    return failure.is_a("OSError") and any(each.function in made for each in failure.frames)


def before_own_frame(failure: Failure) -> bool:
    """Whether own code only called the server (`uvicorn.run`) and was left behind."""
    last_own = max((index for index, each in enumerate(failure.frames) if each.own), default=-1)
    inner = failure.frames[last_own + 1 :]
    return any(each.module.startswith(("uvicorn", "gunicorn", "hypercorn")) for each in inner)


def _hosts(facts: Facts) -> Iterator[Host]:
    start = facts.project.start
    assert start is not None
    words = all_written(facts, start)
    for word, behind in zip(words, (*words[1:], None), strict=True):
        name, equals, value = word.text.partition("=")
        if name in ("--host", "--bind", "-b", "--insecure-bind"):
            given = word if equals else behind
            if given is not None:
                text = value if equals else given.text
                host = text if name == "--host" else text.rpartition(":")[0]
                yield Host(host, given.file, given.line, word=given)
    for file in facts.files_with(b"uvicorn", b"host"):
        for run in runs(facts, file):
            for origin in origins(facts, file, keyword(run.call, "host")):
                if isinstance(origin.node, ast.Constant) and isinstance(origin.node.value, str):
                    yield Host(origin.node.value, origin.file, origin.node.lineno, node=origin.node)


def _better(host: str) -> tuple[str, bool] | None:
    """A host to listen on in the place of one that cannot be, and whether it means the same."""
    found = _URL.match(host)
    if found is not None and found[1] != host:
        return found[1].strip("[]"), True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else ("0.0.0.0", False)

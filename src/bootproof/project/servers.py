"""What a command line starts: the application target, host and port of uvicorn, gunicorn and their like."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_SERVERS = frozenset(
    {"uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "fastapi", "litestar", "waitress-serve"}
)
_ALL = 1000  # own words up to `--`
# Programs that run another program; the number says how many own words follow their options.
_WRAPPERS = {
    "exec": 0, "sudo": 0, "nohup": 0, "time": 0, "nice": 0, "env": 0, "command": 0, "dumb-init": 0, "tini": 0,
    "opentelemetry-instrument": 0, "ddtrace-run": 0, "poetry": 1, "pipenv": 1, "pdm": 1, "uv": 1, "hatch": 1,
    "rye": 1, "newrelic-admin": 1, "doppler": 1, "dotenv": 1, "infisical": 1, "gosu": 1, "su-exec": 1, "teller": 1,
    "op": 1, "chamber": _ALL, "aws-vault": _ALL, "berglas": _ALL, "honcho": 1,
}  # fmt: skip
# Of these, the ones that set variables for the program: from a file, or from a store elsewhere.
_GIVERS = frozenset({"dotenv", "doppler", "infisical", "teller", "op", "chamber", "aws-vault", "berglas", "honcho"})
_WITH_VALUE = frozenset(
    {
        "--env-file", "-f", "--file", "--with", "--python", "-p", "--extra", "--group",
        "--directory", "--project",
        "-u", "--package", "--index-url",
    }
)  # fmt: skip
_SPEC = re.compile(r"^([A-Za-z_][\w.]*)(?::([A-Za-z_][\w.]*)(\(.*\))?)?$")
_FLAGS = frozenset(
    {
        "--reload", "--factory", "--use-colors", "--no-use-colors", "--proxy-headers", "--no-proxy-headers",
        "--access-log", "--no-access-log", "--no-server-header", "--server-header", "--date-header",
        "--no-date-header", "--preload", "--reuse-port", "--daemon", "-D", "--debug", "-q",
        "--no-ws", "--capture-output",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A server's command line.

    Either `module` and `attribute`, or a `file` that names the module by its path.
    """

    program: str
    module: str = ""
    attribute: str = ""
    call: bool = False
    file: str = ""
    app_dir: str = ""
    host: str | None = None
    port: int | None = None
    env_file: str = ""


def unwrapped(argv: Sequence[str]) -> tuple[str, ...]:
    """The command that a line of wrappers (`exec`, `poetry run`, `uv run --env-file x`) really runs."""
    words = tuple(argv)
    while words and PurePosixPath(words[0]).name in _WRAPPERS:
        inner = _inner(words)
        if inner == words:
            break
        words = inner
    return words


def _inner(words: tuple[str, ...]) -> tuple[str, ...]:
    """What the first wrapper of a line runs; the line itself where that wrapper is the command (`uv sync`)."""
    name, rest = PurePosixPath(words[0]).name, list(words[1:])
    own = _WRAPPERS[name]
    while rest:
        if rest[0] == "--":
            rest.pop(0)
            own = 0
        elif rest[0].startswith("-"):
            takes = rest.pop(0) in _WITH_VALUE and bool(rest)
            if takes:
                rest.pop(0)
        elif name == "env" and "=" in rest[0]:
            rest.pop(0)
        elif own:
            word = rest.pop(0)
            own -= 1
            if name in ("poetry", "pipenv", "pdm", "uv", "hatch", "rye") and word != "run":
                return words
        else:
            break
    return tuple(rest)


def giver(argv: Sequence[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """The first program of a line of wrappers that gives variables to the command: its name, its words with that command, and
    that command, in which further wrappers may stand; None where there is none.
    """
    words = tuple(argv)
    while words and PurePosixPath(words[0]).name in _WRAPPERS:
        inner = _inner(words)
        name = PurePosixPath(words[0]).name
        if name in _GIVERS:
            return (name, words, inner) if inner and inner != words else None
        if inner == words:
            return None
        words = inner
    return None


def recognise(argv: Sequence[str]) -> Server | None:
    """What a command line serves, None where it starts no server that is known."""
    words = list(unwrapped(argv))
    if words and re.fullmatch(r"python[\d.]*|pypy3?|py", PurePosixPath(words[0]).name):
        while len(words) > 1 and words[1] in ("-u", "-O", "-B", "-I"):
            words.pop(1)
        if len(words) > 2 and words[1] == "-m" and words[2] in _SERVERS | {"flask", "quart", "celery"}:
            words = words[2:]
        elif len(words) > 2 and words[1].endswith("manage.py") and words[2].startswith("runserver"):
            address = next((word for word in words[3:] if not word.startswith("-")), "")
            host, _, port = address.rpartition(":")
            return Server("manage.py", file=words[1], host=host or None, port=_port(port))
        elif len(words) > 1 and words[1].endswith(".py"):
            return Server("python", file=words[1])
        elif len(words) > 2 and words[1] == "-m":
            return Server("python", module=words[2])
        else:
            return None
    name = PurePosixPath(words[0]).name if words else ""
    if name == "fastapi":
        return _fastapi(words)
    if name == "celery":
        return _celery(words)
    if name in ("flask", "quart", "litestar"):
        return _with_app_option(name, words)
    return _spec_server(name, words) if name in _SERVERS else None


def option(words: Sequence[str], *names: str) -> str | None:
    """The value of the first of these options that is given, as `--name value`,
    `--name=value` or `-nvalue`.
    """
    for index, word in enumerate(words):
        for name in names:
            if word == name and index + 1 < len(words):
                return words[index + 1]
            if word.startswith(name + "=") or (len(name) == 2 and word.startswith(name) and len(word) > 2):
                return word[len(name) :].removeprefix("=")
    return None


def _spec_server(name: str, words: list[str]) -> Server | None:
    spec, skip = None, False
    for word in words[1:]:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = "=" not in word and word not in _FLAGS and not (len(word) > 2 and word[1] != "-")
        elif (match := _SPEC.match(word)) and (match[2] or spec is None):
            spec = match
            if match[2]:
                break
    if spec is None:  # an unknown flag may have taken it for its value
        spec = next((match for word in words[1:] if (match := _SPEC.match(word)) and match[2]), None)
    if spec is None:  # what no server takes, and what is meant by it
        written = next((word for word in words[1:] if re.search(r"[/\\:]|\.py$", word) and word[0] not in "-/"), "")
        spec = _SPEC.match(re.sub(r"\.py(?=:|$)", "", written.removeprefix("./").replace("\\", "/").replace("/", ".")))
    elif spec[1].endswith(".py"):
        spec = _SPEC.match(spec[0].replace(".py", "", 1))
    if spec is None:
        return None
    host, port = option(words, "--host", "-h") if name in ("uvicorn", "granian") else None, None
    bind = option(words, "--bind", "-b") if name in ("gunicorn", "hypercorn") else None
    if bind:
        host, _, tail = bind.rpartition(":")
        port = _port(tail)
    else:
        port = _port(option(words, "--port", "-p") or "")
    interface = option(words, "--interface") or ""
    return Server(
        f"{name}-wsgi" if interface == "wsgi" else name,
        spec[1],
        spec[2] or ("app" if name != "gunicorn" else "application"),
        call="--factory" in words or spec[3] is not None,
        app_dir=option(words, "--app-dir", "--chdir", "--working-dir") or "",
        host=(host or option(words, "--host") or "").strip("[]") or None,
        port=port,
        env_file=option(words, "--env-file") or "",
    )


def _fastapi(words: list[str]) -> Server | None:
    if len(words) < 2 or words[1] not in ("run", "dev"):
        return None
    file, skip = "", False
    for word in words[2:]:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = "=" not in word and not word.startswith("--no-") and word not in _FLAGS
        else:
            file = word
            break
    entry = option(words, "--entrypoint", "-e")
    match = _SPEC.match(entry or "")
    return Server(
        "fastapi",
        module=match[1] if match else "",
        attribute=option(words, "--app") or (match[2] if match and match[2] else ""),
        file=file,
        host=option(words, "--host") or ("0.0.0.0" if words[1] == "run" else None),
        port=_port(option(words, "--port") or ""),
    )


def _celery(words: list[str]) -> Server | None:
    """A worker: `celery -A module[:attribute] worker`. Other commands of Celery's serve nothing."""
    match = _SPEC.match(option(words, "--app", "-A") or "")
    return Server("celery", match[1], match[2] or "") if match and "worker" in words else None


def _with_app_option(name: str, words: list[str]) -> Server | None:
    if "run" not in words and "--app" not in words and "-A" not in words:
        return None
    match = _SPEC.match(option(words, "--app", "-A") or "")
    if match is None:
        return None
    return Server(
        name,
        match[1],
        match[2] or "app",
        call=match[3] is not None,
        host=option(words, "--host", "-h"),
        port=_port(option(words, "--port", "-p") or ""),
    )


def _port(text: str) -> int | None:
    return int(text) if text.isdigit() and 0 < int(text) < 65536 else None


def from_environment(environment: Mapping[str, str]) -> int | None:
    """The port that the environment of a start names, as platforms and images set it."""
    return _port(environment.get("PORT", "") or environment.get("UVICORN_PORT", ""))

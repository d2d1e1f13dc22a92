"""The command that a deployment runs, made ready to be run here, and whether it is more than `uvicorn module:attribute`."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bootproof.model.project import StartCommand, Target
from bootproof.project.layout import installed_folders, join
from bootproof.project.servers import Server
from bootproof.project.shell import expand
from bootproof.project.sources import Sources
from bootproof.project.starts import DEPLOYS, Start

RUN = frozenset({"uvicorn", "gunicorn", "hypercorn", "fastapi", "python", "celery"})
WORKERS = 1  # of several workers that a command line asks for: they do the same
_PLATFORM = re.compile(
    r"(?:^|/)(?:Procfile|(?:fly|nixpacks|railway)\.toml|railway\.json|render\.ya?ml|heroku\.yml|(?:app|apprunner)\.yaml)$",
    re.I,
)
_UNSET = re.compile(r"\$\{?(\w+)[^}\s]*\}?")
_LEVELS = ("critical", "error", "warning", "info", "debug", "trace")
_EVERYWHERE = ("0.0.0.0", "127.0.0.1", "localhost", "::", "[::]")
# Options of uvicorn that decide neither what is imported nor how it is loaded, by what their values must look like.
_FLAG, _NUMBER, _ANY = "", r"\d+", r".+"
_PLAIN = {
    "--reload": _FLAG, "--proxy-headers": _FLAG, "--no-proxy-headers": _FLAG, "--access-log": _FLAG,
    "--no-access-log": _FLAG, "--use-colors": _FLAG, "--no-use-colors": _FLAG, "--server-header": _FLAG,
    "--no-server-header": _FLAG, "--date-header": _FLAG, "--no-date-header": _FLAG, "--factory": _FLAG,
    "--port": r"\d{1,5}", "--workers": _NUMBER, "--timeout-keep-alive": _NUMBER, "--limit-concurrency": _NUMBER,
    "--timeout-graceful-shutdown": _NUMBER, "--limit-max-requests": _NUMBER, "--backlog": _NUMBER,
    "--forwarded-allow-ips": _ANY, "--root-path": _ANY, "--app-dir": _ANY, "--reload-include": _ANY,
    "--reload-exclude": _ANY, "--header": _ANY, "--reload-delay": r"[\d.]+", "--log-level": "|".join(_LEVELS),
    "--host": "|".join(map(re.escape, _EVERYWHERE)), "--lifespan": "auto", "--interface": "auto|wsgi",
}  # fmt: skip


def start_command(sources: Sources, start: Start, target: Target | None) -> StartCommand | None:
    """The start as it can be run here; None where it is no deployment's, or what it runs or where is not known."""
    if start.weight < DEPLOYS or start.directory is None or not start.argv or start.evidence.file is None:
        return None
    port = start.port or (target.port if target else None)
    argv, notes = _settled(start, port or 8000)
    if argv is None:
        return None
    from_platform = _PLATFORM.search(start.evidence.file) is not None or any("$PORT" in note for note in notes)
    command = StartCommand(
        argv, start.evidence, start.directory,
        tuple(dict.fromkeys((*start.path, *installed_folders(sources, start.directory)))),
        files=start.files or (start.evidence.file,),
        variables={"PORT": str(port or 8000)} if from_platform else {},
        port=start.server.port if _port_is_told(argv) else None,
        based=start.based,
        notes=notes,
    )  # fmt: skip
    if command.program not in RUN:
        return None
    return replace(command, runs=target is None or not _is_plain(command, start.server, target))


def _settled(start: Start, port: int) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The words with what only the deployment knows filled in or left out, and what was done; None where that
    cannot be.
    """
    words: list[str] = []
    notes: list[str] = []
    for raw in start.argv:
        word = raw if start.literal else expand(raw, {"PORT": start.environment.get("PORT") or ""})
        unset = [] if start.literal else [each for each in _UNSET.findall(word) if each]
        if unset == ["PORT"]:
            word = _UNSET.sub(str(port), word)
            notes.append(f"Which port the platform gives: `$PORT` was {port}")
            unset = []
        outside = _value(word).startswith("/") and words and not _value(word).startswith(("/dev/", "/tmp/"))
        if outside and words[-1] == "--root-path":
            outside = False
        elif outside and words[-1] == "--uds":
            word, outside = f"/tmp/{word.rpartition('/')[2]}", False
        word = re.sub(r"unix:/(?!tmp/).*/", "unix:/tmp/", word)
        if not unset and not outside:
            words.append(word)
            continue
        what = f"the value of `${unset[0]}`" if unset else f"`{_value(word)}`, which lies outside the project"
        if word.startswith("-") and "=" in word:
            notes.append(f"What `{word.partition('=')[0]}` does: {what} is not known here")
        elif words and words[-1].startswith("-") and "=" not in words[-1]:
            notes.append(f"What `{words.pop()}` does: {what} is not known here")
        else:
            return None, ()
    return _fewer_workers(words), tuple(dict.fromkeys(notes))


def _value(word: str) -> str:
    return word.partition("=")[2] if word.startswith("-") else word


def _fewer_workers(words: Sequence[str]) -> tuple[str, ...]:
    found = list(words)
    for index, word in enumerate(found):
        if word in ("-w", "--workers") and index + 1 < len(found) and found[index + 1].isdigit():
            found[index + 1] = str(min(int(found[index + 1]), WORKERS))
        elif re.fullmatch(r"(?:-w|--workers=)\d+", word):
            name, number = word.rstrip("0123456789"), re.sub(r"\D", "", word)
            found[index] = f"{name}{min(int(number), WORKERS)}"
    return tuple(found)


def _port_is_told(argv: Sequence[str]) -> bool:
    return any(re.match(r"(?:--port|-p|--bind|-b)(?:=|$|\d)", word) for word in argv)


def _is_plain(command: StartCommand, server: Server, target: Target) -> bool:
    """Whether it does what `uvicorn module:attribute` does in the target's folder."""
    if command.program != "uvicorn" or command.directory != target.directory:
        return False
    if any(name.startswith("UVICORN_") for name in command.variables):
        return False
    first = {join(command.directory, server.app_dir), *command.path}
    words = list(command.argv[3:] if command.argv[1:2] == ("-m",) else command.argv[1:])
    named = []
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            named.append(word)
            continue
        option, equals, value = word.partition("=")
        form = _PLAIN.get(option)
        if form is None or (form == _FLAG and equals):
            return False
        if form != _FLAG and not equals:
            value = words.pop(0) if words else ""
        if not re.fullmatch(form, value):
            return False
    return named == [target.spec] and bool(first & set(target.path[:1])) and target.interface in ("asgi", "wsgi")

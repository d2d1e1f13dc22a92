"""Start commands in process files, platform files, task runners, scripts and documents."""

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.project.sources import Sources

_SERVER = re.compile(
    r"(?:^|[\s`'\"/])(?:uvicorn|gunicorn|hypercorn|granian|daphne|fastapi\s+(?:run|dev)|flask|litestar)\s"
    r"|\bpython[\d.]*\s+(?:-m\s+[\w.]+|[\w./\-]+\.py)"
)
_PROMPT = re.compile(r"^\s*(?:\$|>|%|PS [^>]*>|\(\w+\)\s*\$)\s+")


@dataclass(frozen=True)
class Said:
    """A shell text that starts something.

    `before` are texts (with their line) that the platform runs ahead.
    """

    file: str
    line: int
    text: str
    weight: int
    directory: str = "."
    before: tuple[tuple[str, int], ...] = ()
    port: int | None = None


def said(sources: Sources) -> Iterator[Said]:
    """Every shell text of a process file, platform file, task runner, script or document."""
    for file in sources.files():
        folder, _, name = file.rpartition("/")
        folder = folder or "."
        lower = name.lower()
        if lower == "procfile":
            yield from _procfile(sources, file, folder)
        elif lower in ("fly.toml", "railway.toml", "nixpacks.toml"):
            yield from _toml(sources, file, folder)
        elif lower in (
            "railway.json",
            "render.yaml",
            "render.yml",
            "app.yaml",
            "heroku.yml",
            "apprunner.yaml",
        ):
            yield from _structured(sources, file, folder)
        elif lower in ("makefile", "justfile", ".justfile", "gnumakefile"):
            yield from _recipes(sources, file, folder)
        elif lower.endswith((".sh", ".bash")):
            yield from _script(sources, file, folder)
        elif lower.startswith("readme") or (folder == "." and lower.endswith(".md")):
            yield from _document(sources, file, folder)
        elif lower.endswith(".service") or lower in ("supervisord.conf", "supervisor.conf"):
            yield from _units(sources, file)
        elif lower == "pyproject.toml":
            yield from _tasks(sources, file, folder)


def _procfile(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    found: dict[str, tuple[str, int]] = {}
    for number, line in enumerate((sources.decoded(file) or "").splitlines(), 1):
        match = re.match(r"\s*([\w-]+)\s*:\s*(.+)", line)
        if match:
            found[match[1]] = (match[2].strip(), number)
    release = (found.pop("release"),) if "release" in found else ()
    for name, (text, number) in found.items():
        yield Said(file, number, text, 105 if name == "web" else 75, folder, release)


def _toml(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    data = read_toml(sources, file)
    port = table(data, "http_service").get("internal_port")
    deploy, start = table(data, "deploy"), table(data, "start")
    before = _lines(sources, file, deploy.get("release_command"), deploy.get("preDeployCommand"))
    texts = [*table(data, "processes").values(), deploy.get("startCommand"), start.get("cmd")]
    for text, line in _lines(sources, file, *texts):
        yield Said(file, line, text, 104, folder, before, port if isinstance(port, int) else None)


def _structured(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    import yaml  # few projects have such a file, and the parser costs a tenth of a server's start to import

    text = sources.decoded(file) or ""
    try:
        data = json.loads(text) if file.endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        sources.refuse(file, f"cannot be parsed: {str(error).splitlines()[0]}")
        return
    if not isinstance(data, dict):
        return
    services = data.get("services")
    for each in [data, table(data, "deploy"), *(services if isinstance(services, list) else [])]:
        if not isinstance(each, dict):
            continue
        inside = each.get("rootDir")
        place = posixpath.normpath(posixpath.join(folder, inside)) if isinstance(inside, str) else folder
        before = _lines(sources, file, each.get("preDeployCommand"), table(each, "release").get("command"))
        for command, line in _lines(sources, file, each.get("startCommand"), each.get("entrypoint")):
            yield Said(file, line, command, 104, place, before)


# What makes `make` and `just` give variables to the shell of a recipe; what they hold is not followed.
_EXPORTING = re.compile(r"^(?:export\b|set[ \t]+(?:dotenv-\w+|export)\b|\.EXPORT_ALL_VARIABLES\b)", re.MULTILINE)
_FROM_ELSEWHERE = '. "$VARIABLES_OF_THE_RECIPE"; '  # to a shell's reader, variables that are set by what is not here


def _recipes(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    """Each recipe of a Makefile or justfile; a Makefile runs every line in a shell of its own."""
    body: list[str] = []
    begun = 0
    text = sources.decoded(file) or ""
    lines = text.splitlines()
    given = _FROM_ELSEWHERE if _EXPORTING.search(text) else ""
    for number, line in enumerate([*lines, "end:"], 1):
        if line[:1] in (" ", "\t") and line.strip():
            if not body:
                begun = number
            word = line.strip().lstrip("@-+")
            body.append(word.replace("$(", "${").replace(")", "}") if "$(" in word else word)
        elif line.strip() or not body:
            if body and _SERVER.search("\n".join(body)):
                yield Said(file, begun, given + "\n".join(body), 50, folder)
            body = []
        else:
            body.append("")


def _script(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    text = sources.decoded(file) or ""
    if len(text) < 100_000 and _SERVER.search(text):
        # Whoever calls it stands in the project's folder, seldom in a folder of scripts.
        scripts = folder.rpartition("/")[2] in (
            "scripts",
            "script",
            "bin",
            "docker",
            "deploy",
            "ops",
            "tools",
        )
        yield Said(file, 1, text, 70, (folder.rpartition("/")[0] or ".") if scripts else folder)


def _document(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    """Shell lines of a document: fenced or indented blocks, and commands between backticks."""
    inside, begun = False, 0
    block: list[str] = []
    text = sources.decoded(file) or ""
    if len(text) > 500_000 or not _SERVER.search(text):
        return
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            if inside and _SERVER.search("\n".join(block)):
                yield Said(file, begun, "\n".join(block), 40, folder)
            inside, block, begun = not inside, [], number + 1
        elif inside:
            block.append(_PROMPT.sub("", line).strip())
        else:
            spans = re.findall(r"`([^`]+)`", line) or ([bare] if line.startswith(("    ", "\t")) else [])
            for span in spans:
                if _SERVER.search(span):
                    yield Said(file, number, _PROMPT.sub("", span), 38, folder)


def _units(sources: Sources, file: str) -> Iterator[Said]:
    for number, line in enumerate((sources.decoded(file) or "").splitlines(), 1):
        match = re.match(r"\s*(?:ExecStart|command)\s*=\s*(.+)", line)
        if match and _SERVER.search(match[1]):
            yield Said(file, number, match[1].strip(), 72)


def _tasks(sources: Sources, file: str, folder: str) -> Iterator[Said]:
    tool = table(read_toml(sources, file), "tool")
    texts: list[object] = []
    for runner, key in (("poe", "tasks"), ("pdm", "scripts"), ("taskipy", "tasks"), ("rye", "scripts")):
        for task in table(table(tool, runner), key).values():
            texts.append(task.get("cmd") or task.get("shell") if isinstance(task, dict) else task)
    for text, line in _lines(sources, file, *texts):
        if _SERVER.search(text):
            yield Said(file, line, text, 50, folder)


def read_toml(sources: Sources, file: str) -> dict[str, object]:
    """A TOML file as data; empty, and noted as unreadable, where it does not parse."""
    text = sources.decoded(file)
    try:
        return tomllib.loads(text) if text else {}
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        sources.refuse(file, f"is not TOML: {error}", int(line[1]) if line else None)
        return {}


def table(data: dict[str, object], key: str) -> dict[str, object]:
    """The table under a key, an empty one where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _lines(sources: Sources, file: str, *texts: object) -> tuple[tuple[str, int], ...]:
    """Texts with the line on which they stand; whatever is no text is left out."""
    whole = sources.decoded(file) or ""
    found = []
    for text in texts:
        if isinstance(text, list) and all(isinstance(word, str) for word in text):
            text = " && ".join(text)
        if isinstance(text, str) and text.strip():
            at = max(whole.find(text.splitlines()[0]), 0)
            found.append((text, whole.count("\n", 0, at) + 1))
    return tuple(found)

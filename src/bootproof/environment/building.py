"""Building one environment: a venv at its final path, filled from a copy of the tree."""

import ensurepip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bootproof.environment.bytecode import compile_all
from bootproof.environment.distributions import distributions_of
from bootproof.environment.failure import failure_of
from bootproof.environment.inputs import Inputs
from bootproof.environment.installer import Deadline, Ran, run_uv, variables
from bootproof.environment.interpreter import Interpreter, ask
from bootproof.environment.masking import masked
from bootproof.environment.own import keep_metadata, locals_of
from bootproof.environment.requirement_files import cleaned
from bootproof.environment.tree import copy
from bootproof.model.environment import Environment, ResolutionFailure

_LINES = ".bootproof-requirements.txt"
_PINS = ".bootproof-constraints.txt"
_LOCKED = ".bootproof-locked.txt"
_TOLD = re.compile(r"^(?:Resolved|Prepared|Installed|Building|\s+Built)\b")


@dataclass(frozen=True)
class Build:
    """What is to be built, for which interpreter. `seconds` is the limit that the deadline stands for."""

    root: Path
    inputs: Inputs
    interpreter: Interpreter
    pins: bytes = field(repr=False)
    overrides: Mapping[str, bytes] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    seconds: float
    cache: Path


Step = Callable[..., None]


class _Failed(Exception):
    def __init__(self, ran: Ran) -> None:
        self.ran = ran


def build(
    order: Build, folder: Path, scratch: Path, progress: Callable[[str], None], deadline: Deadline
) -> Environment | ResolutionFailure:
    """Build `folder/venv`, with a copy of the tree in `scratch`. Unless this succeeds it is useless."""
    inputs = order.inputs
    tree = copy(order.root, scratch, order.overrides, inputs.contents, inputs.whole)
    place = tree / inputs.directory
    place.mkdir(parents=True, exist_ok=True)
    venv = folder / "venv"
    python = venv / "bin" / "python"
    environ = _environ(order)
    told = inputs.told.rpartition("/")[2] or "the declared dependencies"
    paths = {
        f" @ file://{tree}": "",
        f"file://{tree}": ".",
        f"{tree}/": "",
        str(tree): ".",
        str(venv): "the environment",
        _LINES: told,
        _PINS: "the constraints",
        _LOCKED: "uv.lock",
    }
    # a variable that a requirement file refers to is there to hold a token
    secrets = (environ.get(name, "") for name in inputs.variables)
    paths |= {secret: "***" for secret in secrets if len(secret) > 3}

    def relay(line: str) -> None:
        if _TOLD.match(line):
            progress(masked(_renamed(line.strip(), paths)))

    def step(*arguments: str | Path) -> None:
        ran = run_uv(arguments, directory=place, environ=environ, deadline=deadline, line=relay)
        if not ran.well:
            raise _Failed(ran)

    progress(f"building an environment with Python {order.interpreter.version}")
    try:
        step("venv", "--quiet", "--no-project", "--no-config", "--python", order.interpreter.python, venv)
        _bundled(order, python, step)
        arguments = _requirements(order, tree, place, step)
        if arguments:
            step("pip", "install", "--python", python, *arguments)
            for each in venv.glob("lib*/python*/site-packages"):
                compile_all(each, python, order.interpreter.version, order.cache, order.environ, deadline)
        own_paths, advice = _own(order, tree, python, step)
    except _Failed as failed:
        return failure_of(failed.ran, paths=paths, seconds=order.seconds)
    known = ask(python, directory=folder, environ=order.environ, deadline=Deadline.after(60))
    if isinstance(known, str):
        return ResolutionFailure(f"the environment that was built does not answer: {known}", "python")
    interpreter, site = known
    advice = tuple(_renamed(each, paths) for each in advice)
    return Environment(
        python, interpreter.version, distributions_of(site), site, advice=advice, paths=own_paths
    )


def _environ(order: Build) -> dict[str, str]:
    environ = variables(order.environ, also=order.inputs.variables, index=order.inputs.index)
    if order.inputs.pip:
        # pip takes the best version of all its indexes; uv's default is the first index that knows the name
        environ.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if order.inputs.own:
        # The copy has no `.git` to read a version from. Named forms only: they touch no other distribution.
        told = [raw for path, raw in order.inputs.contents.items() if path.endswith(("pyproject.toml", "setup.cfg", "setup.py"))]
        for raw in told:
            for name in re.findall(rb"(?m)^\s*name\s*=\s*['\"]?([A-Za-z0-9._-]+)", raw):
                suffix = re.sub(r"[-_.]+", "_", name.decode()).upper()
                environ[f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{suffix}"] = "0.0.0"
    return environ


def _bundled(order: Build, python: Path, step: Step) -> None:
    """Before Python 3.12 a venv comes with setuptools, and projects rely on it without declaring it.

    The interpreter's own bundle is used, as `python -m venv` does, so that the version is the same.
    """
    if not order.inputs.pip or order.interpreter.minor >= (3, 12):
        return
    found = _bundle(order.interpreter)
    if found is not None:
        step("pip", "install", "--quiet", "--python", python, "--no-config", "--no-index", "--no-deps", found)


def _bundle(interpreter: Interpreter) -> Path | None:
    major, minor = interpreter.minor
    beside = interpreter.python.resolve().parent.parent / "lib" / f"python{major}.{minor}" / "ensurepip"
    for folder in (beside, Path(ensurepip.__file__).parent):
        wheels = sorted((folder / "_bundled").glob("setuptools-*.whl"))
        if wheels:
            return wheels[-1]
    return None


def _requirements(order: Build, tree: Path, place: Path, step: Step) -> list[str | Path]:
    """The arguments that say what to install; requirement files in the copy are cleaned for uv."""
    inputs = order.inputs
    arguments: list[str | Path] = list(inputs.options)
    for path in inputs.files:
        arguments += ["-r", _seen_from(tree / path, place)]
    for path, raw in inputs.contents.items():
        if path.rpartition("/")[2].endswith((".txt", ".in", ".pip", "requirements.lock")) and path.count("../") <= 4:
            (tree / path).write_text(cleaned(raw).text, encoding="utf-8")
    if inputs.lines:
        (place / _LINES).write_text("\n".join(inputs.lines) + "\n", encoding="utf-8")
        arguments += ["-r", _LINES]
    if inputs.export is not None:
        if inputs.relock:
            step("lock", "--quiet", "--python", order.interpreter.python)
        hashes = ["--no-hashes"] if order.pins else []
        step(
            *("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header", *hashes),
            *("--python", order.interpreter.python, "--format", "requirements-txt", "-o", _LOCKED),
        )
        if (place / _LOCKED).read_text(encoding="utf-8").strip():
            arguments += ["-r", _LOCKED]
    if not (inputs.files or inputs.lines or "-r" in arguments):
        return []
    if inputs.constraints:
        (place / _PINS).write_text("\n".join(inputs.constraints) + "\n", encoding="utf-8")
        arguments += ["-c", _PINS]
    if order.pins:
        given = f"given-{_PINS.lstrip('.')}"
        (place / given).write_bytes(order.pins)
        arguments += ["-c", given]
    return arguments


def _own(order: Build, tree: Path, python: Path, step: Step) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Install what lies in the tree without its modules: its folders for `sys.path`, and advice."""
    advice: list[str] = []
    site = list(python.parent.parent.glob("lib*/python*/site-packages"))
    # what was installed as a copy (`.`, `./libs/x`): once more, editable, so that its modules are the tree's
    copied = [each for each in locals_of(site, tree) if not each.editable]
    present = {each.folder for each in locals_of(site, tree)}
    folders = {each.folder: False for each in copied}
    folders |= {own: order.inputs.own_certain for own in order.inputs.own if own not in present}
    for folder, certain in folders.items():
        try:
            step("pip", "install", "--python", python, "--no-deps", "--reinstall", "-e", tree / folder)
        except _Failed as failed:
            if certain or failed.ran.timed_out:
                raise
            failure = failure_of(failed.ran, paths={}, seconds=order.seconds)
            if folder in present:
                advice.append(f"`{folder}` cannot be installed editable: its modules come from a copy")
            elif failure.kind in ("build", "other", "unreadable"):
                lines = [line.strip() for line in failure.explanation.splitlines()]
                last = [line for line in lines if line and not line.startswith("hint:")][-1:]
                advice.append(
                    f"the project itself cannot be built, so its metadata is not there: {''.join(last)}"
                )
            else:
                raise
    paths: dict[str, None] = {}
    for local in locals_of(site, tree):
        if local.editable:
            paths |= dict.fromkeys(keep_metadata(local, tree))
    return tuple(paths), tuple(advice)


def _seen_from(path: Path, place: Path) -> str:
    """Relative where it lies below, so that complaints name the file as the project does."""
    return path.relative_to(place).as_posix() if path.is_relative_to(place) else str(path)


def _renamed(text: str, paths: Mapping[str, str]) -> str:
    for ours, theirs in paths.items():
        text = text.replace(ours, theirs)
    return text

"""What a user would run instead, on the reference case: which faults each tool names, and at what cost.

    python benchmarks/peers.py [--runs 3] [--versions current] [--json FILE]

Each tool runs with its own defaults in a virtual environment of its own, on two trees: the reference backend as
it stands, and as `fix --unsafe` leaves it; each tree with an environment that holds just what that tree declares.
What counts as named is in `scoring.py`. On a machine that is otherwise idle, please.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring import Fault, Row, Said, matched, moved, named, of, placed

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parent / "examples" / "reference"


@dataclass(frozen=True)
class Place:
    """A tree and the environment that holds what it declares."""

    tree: Path
    python: Path

    @property
    def site(self) -> str:
        """The folder of the environment that holds its distributions."""
        found = next(self.python.parent.parent.glob("lib/python3*/site-packages"))
        return str(found)


@dataclass(frozen=True)
class Tool:
    """One peer: what to install, how to run it, how to read what it says."""

    title: str
    install: tuple[str, ...]
    command: Callable[[Path, Place], list[str]]
    read: Callable[[str], Iterable[Said]]
    needs_path: bool = False  # looks for the project's distributions on its own `sys.path`


def pyright(text: str) -> Iterable[Said]:
    for each in json.loads(text)["generalDiagnostics"]:
        yield Said(each["file"], each["range"]["start"]["line"] + 1, each.get("rule", ""), each["message"])


def json_lines(text: str) -> Iterable[Said]:
    """mypy."""
    for each in map(json.loads, text.splitlines()):
        if each["severity"] != "note":
            yield Said(each["file"], each["line"], each["code"] or "", each["message"])


def gitlab(text: str) -> Iterable[Said]:
    """ty, in the format of GitLab's code quality reports."""
    for each in json.loads(text):
        yield Said(
            each["location"]["path"],
            each["location"]["positions"]["begin"]["line"],
            each["check_name"],
            each["description"],
        )


def ruff(text: str) -> Iterable[Said]:
    for each in json.loads(text):
        yield Said(each["filename"], each["location"]["row"], each["code"] or "", each["message"])


def pylint(text: str) -> Iterable[Said]:
    for each in json.loads(text)["messages"]:
        yield Said(each["path"], each["line"], each["messageId"], each["message"])


def deptry(text: str) -> Iterable[Said]:
    for each in json.loads(text):
        place = each["location"]
        yield Said(place["file"], place["line"], each["error"]["code"], each["error"]["message"])


def bootproof(text: str) -> Iterable[Said]:
    for each in json.loads(text)["findings"]:
        yield Said(each["file"], each["line"], each["code"], f"{each['cause']} ({each['severity']})")


TOOLS = (
    Tool(
        "pyright",
        ("pyright[nodejs]==1.1.414",),
        lambda venv, at: [f"{venv}/pyright", "--outputjson", "--pythonpath", str(at.python)],
        pyright,
    ),
    Tool(
        "mypy",
        ("mypy==2.4.1",),
        lambda venv, at: [
            f"{venv}/mypy",
            "--output",
            "json",
            "--cache-dir",
            os.devnull,
            "--python-executable",
            str(at.python),
            "src",
        ],
        json_lines,
    ),
    Tool(
        "ty",
        ("ty==0.0.105",),
        lambda venv, at: [f"{venv}/ty", "check", "--output-format", "gitlab", "--python", str(at.python)],
        gitlab,
    ),
    Tool(
        "ruff",
        ("ruff==0.17.6",),
        lambda venv, at: [f"{venv}/ruff", "check", "--isolated", "--no-cache", "--output-format", "json"],
        ruff,
    ),
    Tool(
        "ruff `--select ALL`",
        ("ruff==0.17.6",),
        lambda venv, at: [
            f"{venv}/ruff",
            "check",
            "--isolated",
            "--no-cache",
            "--select",
            "ALL",
            "--output-format",
            "json",
        ],
        ruff,
    ),
    Tool(
        "pylint",
        ("pylint==4.1.4",),
        lambda venv, at: [f"{venv}/pylint", "--output-format", "json2", "src"],
        pylint,
        needs_path=True,
    ),
    Tool(
        "deptry",
        ("deptry==0.25.1",),
        lambda venv, at: [f"{venv}/deptry", ".", "--no-ansi", "--json-output", "/dev/stdout"],
        deptry,
        needs_path=True,
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--versions", default="current", choices=["current", "2026-02"])
    parser.add_argument("--json", type=Path, help="write all that was said to this file")
    asked = parser.parse_args()
    constraints = HERE / "versions" / f"{asked.versions}.txt"
    case = tomllib.loads((REFERENCE / "case.toml").read_text())
    faults = [each for each in case["finding"] if asked.versions in each["sets"]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        broken = place(folder / "broken", [], constraints)
        mended = place(folder / "mended", case["after"][asked.versions], constraints)
        faults = placed(faults, broken.tree, mended.tree)
        rows = {tool.title: measure(tool, folder, broken, mended, asked.runs) for tool in TOOLS}
        rows["bootproof"] = own(broken, mended, constraints, asked.runs)
    print(f"{machine()}; versions of the project's packages: {asked.versions}; {asked.runs} runs, medians\n")
    print(table(rows, faults))
    if asked.json:
        said = {
            title: {
                "broken": [vars(each) for each in row.broken],
                "mended": [vars(each) for each in row.mended],
            }
            for title, row in rows.items()
        }
        asked.json.write_text(json.dumps(said, indent=1) + "\n")


def place(tree: Path, overlays: Sequence[str], constraints: Path) -> Place:
    """A copy of the reference backend with the overlays on it, and an environment of what it declares."""
    shutil.copytree(REFERENCE / "backend", tree / "backend", ignore=shutil.ignore_patterns("__pycache__", ".bootproof"))
    root = tree / "backend"
    for each in overlays:
        shutil.copytree(REFERENCE / each, root, dirs_exist_ok=True)
    venv = tree / "venv"
    uv("venv", "--python", sys.executable, str(venv))
    python = venv / "bin" / "python"
    uv(
        "pip",
        "install",
        "--python",
        str(python),
        "-c",
        str(constraints),
        "-r",
        str(root / "requirements.txt"),
    )
    return Place(root, python)


def uv(*arguments: str) -> str:
    """What uv printed. Ends the benchmark where it fails."""
    done = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"uv {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def measure(tool: Tool, folder: Path, broken: Place, mended: Place, runs: int) -> Row:
    """Everything of one peer. The first run of each is not timed: it may fetch and warm up."""
    venv = folder / "tools" / re.sub(r"\W+", "-", " ".join(tool.install))
    if not venv.exists():
        uv("venv", "--python", sys.executable, str(venv))
        uv("pip", "install", "--python", str(venv / "bin" / "python"), *tool.install)
    name = re.split(r"[\[=]", tool.install[0])[0]
    shown = uv("pip", "show", "--python", str(venv / "bin" / "python"), name)
    version = re.findall(r"^Version: (.+)$", shown, re.MULTILINE)[0]

    def once(at: Place) -> tuple[list[Said], float, float]:
        path = {"PYTHONPATH": at.site} if tool.needs_path else {}
        return run(tool.command(venv / "bin", at), at, tool.read, path)

    row = Row(version, once(broken)[0], once(mended)[0])
    for _ in range(runs):
        _said, wall, cpu = once(broken)
        row.wall.append(wall)
        row.cpu.append(cpu)
    return row


def own(broken: Place, mended: Place, constraints: Path, runs: int) -> Row:
    """The same of bootproof. It builds its environments itself, once, in the runs that are not timed."""
    command = [
        sys.executable,
        "-m",
        "bootproof.cli.main",
        "audit",
        ".",
        "--format",
        "json",
        "--quiet",
        "--constraints",
        str(constraints),
    ]

    def once(at: Place) -> tuple[list[Said], float, float]:
        return run(command, at, bootproof, {})

    version = subprocess.run([*command[:3], "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    row = Row(version, once(broken)[0], once(mended)[0])
    for _ in range(runs):
        _said, wall, cpu = once(broken)
        row.wall.append(wall)
        row.cpu.append(cpu)
    return row


def run(
    command: list[str], at: Place, read: Callable[[str], Iterable[Said]], path: dict[str, str]
) -> tuple[list[Said], float, float]:
    """What the tool said of the tree, and its wall and CPU seconds (with all children that it waited for)."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=at.tree, env={**os.environ, **path}, capture_output=True, text=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    try:
        said = list(read(done.stdout))
    except (ValueError, KeyError, TypeError) as problem:
        raise SystemExit(
            f"{command[0]} (exit {done.returncode}): {problem!r}\n{done.stdout[:500]}\n{done.stderr[:2000]}"
        ) from problem
    return (
        [Said(relative(each.file, at.tree), each.line, each.code, each.message) for each in said],
        wall,
        cpu,
    )


def relative(file: str, tree: Path) -> str:
    """The file as `case.toml` writes it."""
    path = Path(os.path.normpath(tree / file))
    return path.relative_to(tree).as_posix() if path.is_relative_to(tree) else file


def table(rows: dict[str, Row], faults: list[Fault]) -> str:
    """A Markdown table, a row for each tool."""
    heads = [
        "tool",
        "version",
        f"blockers named, of {len(of(faults, 'blocker'))}",
        f"advice named, of {len(of(faults, 'advice'))}",
        "messages on the broken tree",
        "alarms on the mended tree",
        "of these the case's advice",
        "wall, s",
        "CPU, s",
    ]
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for title, row in rows.items():
        found = named(row, faults)
        cells = [
            title,
            row.version,
            told(of(found, "blocker")),
            told(of(found, "advice")),
            str(len(row.broken)),
            str(len(row.mended)),
            str(len(matched(row.mended, moved(faults)))),
            f"{statistics.median(row.wall):.2f}",
            f"{statistics.median(row.cpu):.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def told(found: list[Fault]) -> str:
    """How many, and which."""
    which = [each["code"] + (f" {each['symbol']}" if "symbol" in each else "") for each in found]
    return f"**{len(which)}**" + (f": {', '.join(which)}" if which else "")


def machine() -> str:
    """The machine, its load, the interpreter."""
    model = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    load = os.getloadavg()[0]
    return (
        f"{(model or [platform.machine()])[0]}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, "
        f"CPython {platform.python_version()}, load {load:.1f} at the end"
    )


if __name__ == "__main__":
    main()

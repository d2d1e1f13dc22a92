"""The classes of startup failure: read with our corrections, and laid out as projects that a person could audit."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootproof.audit.api import Options

HERE = Path(__file__).parent
VERSIONS = HERE.parent / "versions"
SETS = ("current", "2026-02")
# What the catalogue's own environment held where a class declares nothing.
DEFAULT = (
    "fastapi", "uvicorn", "sqlalchemy[asyncio]", "sqlmodel", "asyncpg", "psycopg[binary]", "psycopg2-binary", "aiosqlite",
    "alembic", "pydantic-settings", "python-multipart", "email-validator", "jinja2", "httpx", "redis", "python-dotenv",
    "passlib", "bcrypt", "pyjwt", "itsdangerous",
)  # fmt: skip
TARGET = re.compile(r"uvicorn\s+(?P<app>[\w.]+:[\w.]+)")
HEALTHY = ("boots OK", "n/a")


@dataclass(frozen=True)
class Class:
    """One class of the catalogue, as corrected. `corrected` says why it differs from the catalogue's own line."""

    id: str
    family: int
    line: Mapping[str, Any]
    corrected: str = ""

    @property
    def families(self) -> frozenset[int]:
        """The families of which a rule may be that names it."""
        return frozenset({self.family, *self.line.get("families", ())})

    @property
    def snippet(self) -> Mapping[str, Any]:
        return self.line.get("snippet") or {}

    @property
    def untried(self) -> bool:
        """Whether it cannot be tried here; `corrected` says why."""
        return bool(self.line.get("untried"))

    def seen(self, versions: str) -> str:
        """What the catalogue's own experiment showed."""
        return str(self.line["verified_current" if versions == "current" else "verified_2026_02"])

    def fails(self, versions: str) -> bool:
        """Whether it is a fault on these versions."""
        return not self.seen(versions).startswith(HEALTHY)

    def mends_safely(self, versions: str) -> bool:
        """Whether a safe fix exists, by the catalogue's judgement or our correction of it."""
        judged = self.line["autofix"]
        return str(judged.get(versions) if isinstance(judged, dict) else judged).startswith("safe")

    @property
    def mended(self) -> "Mapping[str, str] | None":
        """The catalogue's own mended files, None where it has none."""
        overlay = self.snippet.get("fix_overlay")
        if overlay is None and not self.snippet.get("fix_requirements") and not self.snippet.get("fix_delete"):
            return None
        gone = set(self.snippet.get("fix_delete") or ())
        whole = {**self.snippet["broken"], **(overlay or {})}
        return {path: text for path, text in whole.items() if path not in gone}


def classes() -> tuple[Class, ...]:
    """Every class, in the catalogue's order."""
    return tuple(_read())


def _read() -> Iterator[Class]:
    for text in (HERE / "catalogue.jsonl").read_text().splitlines():
        line = json.loads(text)
        correction = HERE / "corrections" / f"{line['id']}.json"
        changed = json.loads(correction.read_text()) if correction.is_file() else {}
        merged = {**line, **changed}
        yield Class(line["id"], int(merged["stage"]), merged, changed.get("why", ""))


def write(each: Class, root: Path, *, mended: bool = False) -> None:
    """Lays the class out at `root`: its files, its requirements, and its start command as a Procfile."""
    snippet = each.snippet
    files = each.mended if mended else snippet["broken"]
    assert files is not None
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = bytes.fromhex(text["hex"]) if isinstance(text, dict) else filled(text).encode()
        target.write_bytes(data)
    alone = (root / "alembic.ini").exists() and not any(
        re.search(rb"\b(?:FastAPI|Flask|Starlette)\(", path.read_bytes()) for path in root.rglob("*.py")
    )
    if alone:  # a class of migrations alone: a server that runs them before itself
        (root / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    command = _command(snippet, mended=mended)
    if not (root / "Procfile").exists():
        if alone or "alembic" in command.lower():
            command = command.replace("@ALEMBIC@", "alembic") if "alembic" in command.lower() else "alembic upgrade head"
            (root / "Procfile").write_text(f"release: {command}\nweb: uvicorn main:app\n")
        elif command and "celery" not in command:
            (root / "Procfile").write_text(f"web: {command}\n")
    if not (root / "requirements.txt").exists() and not (root / "pyproject.toml").exists():
        (root / "requirements.txt").write_text("\n".join(requirements(each, mended=mended)) + "\n")


def _command(snippet: Mapping[str, Any], *, mended: bool) -> str:
    given = (snippet.get("fix_cmd") if mended else None) or snippet.get("cmd") or ""
    text = " ".join(given) if isinstance(given, list) else str(given)
    text = text.partition("#")[0].strip()  # the catalogue's runner is told its port in a comment
    return text.replace("@PORT@", "8000").replace("PY ", "python ")


def requirements(each: Class, *, mended: bool = False) -> list[str]:
    """What the class declares; what the catalogue's own environment held where it declares nothing."""
    snippet = each.snippet
    declared = (snippet.get("fix_requirements") if mended else None) or snippet.get("requirements")
    wanted = declared.split() if isinstance(declared, str) else list(declared or DEFAULT)
    if not snippet.get("exact_requirements") and not any(re.match(r"uvicorn\b", item) for item in wanted):
        wanted.append("uvicorn")
    return [filled(item) for item in wanted]


def filled(text: str) -> str:
    """The catalogue's placeholders, with made-up values: connections are led to the embedded server."""
    return (
        text.replace("@PG@", "app:made-up-word@localhost:5432").replace("@DB@", "app").replace("@PGPORT@", "5432")
        .replace("@PORT@", "8000")
    )  # fmt: skip


def options(each: Class, root: Path, versions: str, pins: Path, *, mended: bool = False) -> Options:
    """How it is audited. `pins` is where its constraints may be written."""
    snippet = each.snippet
    given = {**(snippet.get("env") or {}), **((snippet.get("fix_env") or {}) if mended else {})}
    variables = {key: filled(value).replace("@DIR@", str(root)) for key, value in given.items()}
    command = _command(snippet, mended=mended)
    found = TARGET.search(command)
    # a Procfile says which one is served; --app says it where there is none
    app = snippet.get("app") or (found["app"] if found and not (root / "Procfile").exists() else None)
    return Options(root=root, app=app, env=variables, constraints=constraints(each, versions, pins), timeout=30)


def constraints(each: Class, versions: str, pins: Path) -> Path:
    """The set's pins, without those of distributions that the class pins itself, broken or mended: its pin wins."""
    whole = VERSIONS / f"{versions}.txt"
    own = {
        re.split(r"[\s\[<>=!~;@]", text, maxsplit=1)[0].lower().replace("_", "-")
        for mended in (False, True)
        for text in requirements(each, mended=mended)
        if re.search(r"[<>=!~@]", text)
    }
    kept = [line for line in whole.read_text().splitlines() if line.partition("==")[0].strip().lower() not in own]
    if not own:
        return whole
    pins.write_text("\n".join(kept) + "\n")
    return pins

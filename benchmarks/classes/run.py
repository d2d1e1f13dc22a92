"""Audits classes of startup failure from a catalogue (JSON lines) and says what became of each.

    python benchmarks/classes/run.py --failures FILE [--versions current] [--only REGEX] [--top] [--json FILE]

For each class: the stage where it failed, which rule named it, whether the fix makes it start, what else was said;
then the catalogue's own mended files, which must give no blocker.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bootproof.audit.api import Options, audit
from bootproof.audit.errors import UsageProblem
from bootproof.model.report import Report
from bootproof.model.words import Severity, Verdict

HERE = Path(__file__).parent
# What the catalogue's own environment held where a class declares nothing.
DEFAULT = (
    "fastapi", "uvicorn", "sqlalchemy[asyncio]", "sqlmodel", "asyncpg", "psycopg[binary]", "psycopg2-binary", "aiosqlite",
    "alembic", "pydantic-settings", "python-multipart", "email-validator", "jinja2", "httpx", "redis", "python-dotenv",
    "passlib", "bcrypt", "pyjwt", "itsdangerous",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", type=Path, required=True)
    parser.add_argument("--versions", default="current")
    parser.add_argument("--only", default="")
    parser.add_argument("--top", action="store_true", help="only classes whose frequency begins with `top`")
    parser.add_argument("--mended", action="store_true", help="audit the catalogue's mended files as well")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    chosen = [each for each in classes(asked.failures) if re.search(asked.only, each["id"])]
    if asked.top:
        chosen = [each for each in chosen if each["frequency"].startswith("top")]
    rows = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        for row in pool.map(one, chosen, [asked.versions] * len(chosen), [asked.mended] * len(chosen)):
            rows.append(row)
            print(line(row), flush=True)
    print(Counter(row["answer"] for row in rows))
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


def classes(file: Path) -> Iterator[dict[str, Any]]:
    for text in file.read_text().splitlines():
        yield json.loads(text)


def one(case: dict[str, Any], versions: str, mended: bool) -> dict[str, Any]:
    """What the audit says of one class."""
    snippet = case.get("snippet") or {}
    seen = case["verified_current"] if versions == "current" else case["verified_2026_02"]
    row: dict[str, Any] = {"id": case["id"], "family": case["stage"], "catalogue": str(seen)[:120]}
    if not snippet.get("broken"):
        return {**row, "answer": "no files", "note": "the catalogue has no files for it"}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "backend"
        write(root, snippet.get("broken") or {}, snippet.get("requirements"))
        started = time.monotonic()
        try:
            report = audit(options(root, snippet, versions), lambda _: None)
        except UsageProblem as problem:
            return {**row, "answer": "refused", "note": str(problem)[:200]}
        except Exception as problem:
            return {**row, "answer": "crashed", "note": f"{type(problem).__name__}: {problem}"[:300]}
        row.update(told(report, seen), seconds=round(time.monotonic() - started, 1))
        if mended and snippet.get("fix_overlay") is not None:
            shutil.rmtree(root)
            write(
                root,
                {**(snippet.get("broken") or {}), **snippet["fix_overlay"]},
                snippet.get("fix_requirements") or snippet.get("requirements"),
            )
            try:
                healthy = audit(options(root, snippet, versions), lambda _: None)
                row["mended"] = [
                    f"{each.code} {each.cause}"[:160] for each in healthy.findings if each.severity is Severity.BLOCKER
                ]
            except UsageProblem as problem:
                row["mended"] = [f"refused: {problem}"]
    return row


def write(root: Path, files: dict[str, str], requirements: list[str] | str | None) -> None:
    root.mkdir(parents=True)
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(text))
    if (root / "alembic.ini").exists() and not any(b"FastAPI(" in each.read_bytes() for each in root.rglob("*.py")):
        # a class of migrations alone: a server that runs them before itself
        (root / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
        (root / "Procfile").write_text("release: alembic upgrade head\nweb: uvicorn main:app\n")
    if not (root / "requirements.txt").exists() and not (root / "pyproject.toml").exists():
        wanted = requirements.split() if isinstance(requirements, str) else list(requirements or DEFAULT)
        if not any(each.startswith("uvicorn") for each in wanted):
            wanted.append("uvicorn")
        (root / "requirements.txt").write_text("\n".join(filled(each) for each in wanted) + "\n")


def filled(text: str) -> str:
    """The catalogue's placeholders, with made-up values: connections are led to the embedded server."""
    return (
        text.replace("@PG@", "app:made-up-word@localhost:5432").replace("@DB@", "app").replace("@PGPORT@", "5432")
        .replace("@PORT@", "8000")
    )  # fmt: skip


def options(root: Path, snippet: dict[str, Any], versions: str) -> Options:
    variables = {key: filled(value).replace("@DIR@", str(root)) for key, value in (snippet.get("env") or {}).items()}
    command = " ".join(snippet["cmd"]) if isinstance(snippet.get("cmd"), list) else snippet.get("cmd") or ""
    found = re.search(r"uvicorn\s+([\w.]+:[\w.]+)", command)
    app = found[1] if found else None
    return Options(
        root=root, app=app, env=variables, constraints=HERE.parent / "versions" / f"{versions}.txt", timeout=30
    )


def told(report: Report, seen: object) -> dict[str, Any]:
    pressing = [each for each in report.findings if each.severity is not Severity.ADVICE]
    rules = sorted({each.code for each in pressing})
    healthy = "boots OK" in str(seen) or str(seen).startswith("n/a")
    if report.verdict is Verdict.STARTS and not pressing:
        answer = "no fault, rightly" if healthy else "missed"
    elif healthy and pressing:
        answer = "false blocker?"
    elif report.verdict is Verdict.UNPROVED and not pressing:
        answer = "cannot tell"
    elif rules == ["BP000"] or not rules:
        answer = "undiagnosed"
    else:
        answer = "mended" if report.fixed_verdict is Verdict.STARTS else f"named, then {report.fixed_verdict.value}"
    return {
        "answer": answer,
        "rules": rules,
        "findings": [
            f"{each.code} {each.severity.value} {each.file}:{each.line} {each.cause}"[:200] for each in report.findings
        ],
        "refused": [f"{each.host}:{each.port}" for each in report.refused],
        "notes": list(report.notes)[:5],
        "not_tried": [each[:200] for each in report.not_tried],
    }


def line(row: dict[str, Any]) -> str:
    said = "; ".join(each for each in row.get("findings", []) if " advice " not in each) or row.get("note", "")
    mended = f"MENDED: {row['mended']}" if row.get("mended") else ""
    return f"{row['answer']:24} {row['id']:45} {row.get('seconds', ''):>6} {said[:150]} {mended}"


if __name__ == "__main__":
    sys.exit(main())

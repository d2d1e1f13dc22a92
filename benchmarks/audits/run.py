"""Audit real public FastAPI repositories at fixed commits, and compare with what is true of them.

    python benchmarks/audits/run.py --clones FOLDER [--cases FILE] [--only NAME]... [--json FOLDER] [--jobs N]

`FOLDER` holds one clone for each repository of the cases (`audits.toml`, or `--cases benchmarks/wild/wild.toml`), as
`owner+name` (or `name`); a repository without a clone is skipped and said so. Each audit works on a checkout of the commit,
in a scratch folder. What a README asks a person to do before the first start is in the cases (`copy`, `set`), and is done
to that checkout; nothing else is. Exit code 1 where a verdict or a blocker differs from the recorded truth.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """What one audit said: verdicts, blockers as `CODE file`, whether a prestart ran, seconds of wall time."""

    verdict: str
    fixed_verdict: str
    blockers: tuple[str, ...]
    migrated: bool
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--cases", type=Path, default=HERE / "audits.toml", help="the repositories and what is true of them")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--json", type=Path, help="keep each report in this folder")
    parser.add_argument("--audit", nargs="+", default=["bootproof"], help="how bootproof is called")
    parser.add_argument("--jobs", type=int, default=1, help="audits side by side")
    asked = parser.parse_args()
    known = tomllib.loads(asked.cases.read_text(encoding="utf-8"))["audit"]
    chosen = [case for case in known if not asked.only or any(word in name_of(case) for word in asked.only)]
    print(f"{'repository@commit folder':<70} verdict            blockers  seconds  as recorded")
    with ThreadPoolExecutor(asked.jobs) as pool:
        return 1 if any([*pool.map(lambda case: one(case, asked), chosen)]) else 0


def name_of(case: Mapping[str, Any]) -> str:
    """A case in a line: repository, commit, and the audited folder where it is not the root."""
    return f"{case['repository']}@{case['commit'][:8]} {case.get('folder', '')}".strip()


def one(case: Mapping[str, Any], asked: argparse.Namespace) -> bool:
    """Audit one case and print a line on it; true where the answer differs from the record."""
    name = name_of(case)
    clone = clone_of(asked.clones, case["repository"])
    if clone is None:
        print(f"{name:<70} skipped: no clone", flush=True)
        return False
    if not answers(case.get("service", "")):
        print(f"{name:<70} skipped: nothing answers at {case['service']}", flush=True)
        return False
    keep = asked.json and asked.json / f"{name.replace('/', '+').replace(' ', '#')}.json"
    with tempfile.TemporaryDirectory(prefix="audits-") as folder:
        outcome = audited(export(clone, case, Path(folder)), case, asked.audit, keep)
    differs = differences(case, outcome)
    verdict = f"{outcome.verdict} -> {outcome.fixed_verdict}"
    told = "; ".join(differs) or "yes"
    print(f"{name:<70} {verdict:<18} {len(outcome.blockers):>8} {outcome.seconds:>8.1f}  {told}", flush=True)
    return bool(differs)


def clone_of(clones: Path, repository: str) -> Path | None:
    """The clone of `owner/name` below `clones`, None where there is none."""
    names = (repository.replace("/", "+"), repository.rpartition("/")[2])
    return next((clones / name for name in names if (clones / name).is_dir()), None)


def answers(address: str) -> bool:
    """Whether something listens at `host:port`; true for no address."""
    if not address:
        return True
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def export(clone: Path, case: Mapping[str, Any], folder: Path) -> Path:
    """The tree of the commit below `folder`, prepared as the repository's README says; the part that is audited."""
    tree = folder / str(case["repository"]).rpartition("/")[2]
    tree.mkdir()
    # Not `git archive`: it leaves out what `.gitattributes` keeps from archives, and a clone has it.
    git = ["git", f"--git-dir={git_directory(clone)}", f"--work-tree={tree}"]
    scene = {**os.environ, "GIT_INDEX_FILE": str(folder / "index")}
    subprocess.run([*git, "read-tree", case["commit"]], check=True, env=scene)
    # Goes on where a blob is absent (a mirror may leave out the largest files); what was asked for is then not all there.
    subprocess.run([*git, "checkout-index", "--all", "--force", "--quiet"], check=False, env=scene)
    root = tree / str(case.get("folder", "."))
    for source, target in case.get("copy", {}).items():
        shutil.copyfile(root / source, root / target)
    for file, lines in case.get("set", {}).items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(
            "\n".join(
                [
                    *(line for line in before.splitlines() if line.partition("=")[0] not in lines),
                    *(f"{key}={value}" for key, value in lines.items()),
                ]
            )
            + "\n",
            encoding="utf-8",
        )
    return root


def git_directory(clone: Path) -> Path:
    """Where git keeps the clone's objects: its `.git`, or itself where it has no work tree."""
    return clone / ".git" if (clone / ".git").exists() else clone


def audited(root: Path, case: Mapping[str, Any], command: Iterable[str], keep: Path | None) -> Outcome:
    """What an audit of `root` says, in a process of its own."""
    options = [part for host in case.get("allow", ()) for part in ("--allow", host)]
    options += ["--app", case["app"]] if "app" in case else []
    started = time.monotonic()
    ran = subprocess.run(
        [*command, "audit", str(root), "--format", "json", "--quiet", *options], capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - started
    if ran.returncode not in (0, 1, 4):
        return Outcome(f"exit {ran.returncode}", ran.stderr.strip()[-200:], (), False, seconds)
    if keep:
        keep.parent.mkdir(parents=True, exist_ok=True)
        keep.write_text(ran.stdout, encoding="utf-8")
    told = json.loads(ran.stdout)
    blockers = {f"{each['code']} {each['file']}" for each in told["findings"] if each["severity"] == "blocker"}
    migrated = any(each["name"] == "prestart" and each["status"] in ("passed", "failed") for each in told["stages"])
    return Outcome(told["verdict"], told["fixed_verdict"], tuple(sorted(blockers)), migrated, seconds)


def differences(case: Mapping[str, Any], outcome: Outcome) -> list[str]:
    """Where an outcome is not what is recorded as true."""
    told = []
    for key, now in (("verdict", outcome.verdict), ("fixed_verdict", outcome.fixed_verdict)):
        if key in case and case[key] != now:
            told.append(f"{key} {now}, not {case[key]}")
    blockers, known = set(outcome.blockers), set(case.get("blockers", ()))
    told += [f"false blocker {each}" for each in sorted(blockers - known)]
    told += [f"missed {each}" for each in sorted(known - blockers)]
    if case.get("migrations") and not outcome.migrated:
        told.append("the migrations were not run")
    return told


if __name__ == "__main__":
    sys.exit(main())

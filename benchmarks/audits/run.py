"""Audit real public FastAPI repositories at fixed commits, and compare with what is true of them.

    python benchmarks/audits/run.py --clones FOLDER [--only NAME]... [--json FOLDER]

`FOLDER` holds one clone for each repository of `audits.toml`, as `owner+name` (or `name`); a repository without a clone is
skipped and said so. Each audit works on an export of the commit, in a scratch folder. What a README asks a person to do
before the first start is in `audits.toml` (`copy`, `set`), and is done to that export; nothing else is.
Exit code 1 where a verdict or a blocker differs from the recorded truth.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Iterable, Mapping
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
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--json", type=Path, help="keep each report in this folder")
    parser.add_argument("--audit", nargs="+", default=["bootproof"], help="how bootproof is called")
    asked = parser.parse_args()
    known = tomllib.loads((HERE / "audits.toml").read_text(encoding="utf-8"))["audit"]
    wrong = 0
    print("repository@commit                                     verdict            blockers  seconds  as recorded")
    for case in known:
        name = f"{case['repository']}@{case['commit'][:8]}"
        if asked.only and not any(word in name for word in asked.only):
            continue
        clone = clone_of(asked.clones, case["repository"])
        if clone is None:
            print(f"{name:<53} skipped: no clone")
            continue
        if not answers(case.get("service", "")):
            print(f"{name:<53} skipped: nothing answers at {case['service']}")
            continue
        with tempfile.TemporaryDirectory(prefix="audits-") as folder:
            root = export(clone, case, Path(folder))
            outcome = audited(root, case, asked.audit, asked.json and asked.json / f"{name.replace('/', '+')}.json")
        differs = differences(case, outcome)
        wrong += bool(differs)
        verdict = f"{outcome.verdict} -> {outcome.fixed_verdict}"
        told = "; ".join(differs) or "yes"
        print(f"{name:<53} {verdict:<18} {len(outcome.blockers):>8} {outcome.seconds:>8.1f}  {told}", flush=True)
    return 1 if wrong else 0


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
    packed = folder / "tree.tar"
    subprocess.run(["git", "-C", clone, "archive", "-o", packed, case["commit"]], check=True)
    tree = folder / str(case["repository"]).rpartition("/")[2]
    with tarfile.open(packed) as archive:
        archive.extractall(tree, filter="data")
    packed.unlink()
    root = tree / str(case.get("folder", "."))
    for source, target in case.get("copy", {}).items():
        shutil.copyfile(root / source, root / target)
    for file, lines in case.get("set", {}).items():
        path = root / file
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

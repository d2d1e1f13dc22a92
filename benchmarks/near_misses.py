"""Audits every near miss of `examples/` whole: none may give a blocker or a failure, nor its own rule anything.

    python benchmarks/near_misses.py [--jobs 2] [--only REGEX]
"""

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bootproof.audit.api import Options, audit
from bootproof.model.words import Severity, Verdict
from bootproof.rehearsal.company import Company

ROOT = Path(__file__).parent.parent
TOGETHER = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    found = [each for each in sorted((ROOT / "examples").glob("BP*/near/*")) if re.search(asked.only, str(each))]
    started = time.monotonic()
    with ProcessPoolExecutor(asked.jobs) as pool:
        work = [found[start : start + TOGETHER] for start in range(0, len(found), TOGETHER)]
        wrong = [line for lines in pool.map(together, work) for line in lines]
    for line in wrong:
        print(line)
    faults = len(list((ROOT / "examples").glob("BP*")))
    print(f"{len(found)} near misses of {faults} faults audited, {len(wrong)} wrong, {time.monotonic() - started:.0f} s")


def together(nears: Sequence[Path]) -> list[str]:
    """What is wrong with some near misses, a line each."""
    wrong = []
    with Company() as company:
        for near in nears:
            code = near.parent.parent.name[:5]
            with tempfile.TemporaryDirectory() as folder:
                root = Path(shutil.copytree(near, Path(folder) / "backend"))
                pins = ROOT / "benchmarks" / "versions" / "current.txt"
                report = audit(Options(root=root, constraints=pins), lambda _: None, company)
            pressing = [each for each in report.findings if each.severity is not Severity.ADVICE]
            if report.verdict is not Verdict.STARTS or pressing or code in {each.code for each in report.findings}:
                said = "; ".join(f"{each.code} {each.cause}" for each in report.findings)
                wrong.append(f"{near.relative_to(ROOT)}: {report.verdict.value} {said}")
    return wrong


if __name__ == "__main__":
    main()

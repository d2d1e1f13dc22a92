"""Whether git tracks a file, asked of git where it can answer, else read from `.gitignore`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping

from bootproof.project.layout import ancestors
from bootproof.project.sources import Sources

_SECONDS = 10


def committed(sources: Sources, files: Iterable[str]) -> Mapping[str, bool | None]:
    """For each file: True where git tracks it, False where git ignores it, None where neither can be told.

    Git runs with the repository's own hooks and file-system monitor off, so that nothing of it is executed.
    """
    wanted = sorted(set(files))
    answer = _ask(sources, wanted) if wanted else None
    return (
        answer
        if answer is not None
        else {file: (False if _ignored(sources, file) else None) for file in wanted}
    )


def _ask(sources: Sources, files: list[str]) -> dict[str, bool | None] | None:
    git = shutil.which("git")
    root = sources.root.resolve()
    if git is None or not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    tracked = _git(git, sources, ["--literal-pathspecs", "ls-files", "-z", "--", *files])
    ignored = _git(git, sources, ["check-ignore", "-z", "--stdin"], b"\0".join(map(os.fsencode, files)))
    if tracked is None or ignored is None:
        return None
    return {file: True if file in tracked else False if file in ignored else None for file in files}


def _git(git: str, sources: Sources, words: list[str], given: bytes = b"") -> set[str] | None:
    settings = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            [git, *settings, *words],
            cwd=sources.root, input=given, capture_output=True, timeout=_SECONDS, check=False,
            env={**kept, "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode not in (0, 1):  # 1: check-ignore found none
        return None
    return {name.decode("utf-8", "surrogateescape") for name in done.stdout.split(b"\0") if name}


def _ignored(sources: Sources, file: str) -> bool:
    for folder in reversed(ancestors(file)):
        base = "" if folder == "." else folder + "/"
        verdict: bool | None = None
        for line in (sources.decoded(base + ".gitignore") or "").splitlines():
            rule = line.strip()
            if not rule or rule.startswith("#"):
                continue
            wanted = not rule.startswith("!")
            if _matches(rule.lstrip("!"), file[len(base) :]):
                verdict = wanted
        if verdict is not None:
            return verdict
    return False


def _matches(rule: str, path: str) -> bool:
    anchored = "/" in rule.rstrip("/")
    pattern = re.escape(rule.strip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    pattern = pattern.replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    tail = "/.*" if rule.endswith("/") else "(?:/.*)?"
    return re.fullmatch(("" if anchored else "(?:.*/)?") + pattern + tail, path) is not None

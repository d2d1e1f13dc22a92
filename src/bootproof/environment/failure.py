"""What uv said when it could not install, as a ResolutionFailure. The wording is that of uv 0.5 to 0.13."""

import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from bootproof.environment.installer import Ran
from bootproof.environment.masking import masked
from bootproof.model.environment import ResolutionFailure

# The first that matches names the kind. A cause that hides another comes first: an index that cannot be
# reached is no conflict, whatever is said of it.
_KINDS = (
    ("hash", r"Hash mismatch|--require-hashes|Invalid hash|Unsupported hash"),
    (
        "network",
        r"Request failed after|Failed to fetch|error sending request|dns error|network was disabled"
        r"|[Nn]etwork (?:connectivity )?is disabled|(?:40[137]|5\d\d) \w+.*for url|Could not connect"
        # git's own words
        r"|Could not resolve host|Could not read from remote repository|unable to access '",
    ),
    (
        "build",
        r"Failed to build|Failed to download and build `[^`@]+`|build backend returned|Call to `\S+` failed"
        r"|Failed to resolve requirements from `build",
    ),
    (
        "unreadable",
        r"Couldn't parse|Error parsing|Unexpected '|TOML parse error|valid UTF-8|failed to read from file"
        r"|File not found|Failed to parse|Expected one of|Invalid `|does not appear to be a Python project",
    ),
    (
        "python",
        r"does not satisfy Python|requires Python"
        r"|requested Python version|[Nn]o interpreter found|No virtual environment",
    ),
    (
        "not-found",
        r"was not found in|Distribution not found at|Git operation failed|does not exist|Failed to clone",
    ),
    ("build", r"no usable wheels|no wheels with a matching|building from source is disabled"),
)
_NOISE = re.compile(
    r"^(?:Using (?:Python|CPython)|Resolved \d|Prepared \d|Installed \d|Uninstalled \d|Creating virtual"
    r"|Audited|Checked|\s*Building |\s*Built |\s*Downloading |\s*Downloaded "
    r"|warning: (?:Ignoring unsupported|Failed to hardlink)|\s*If the cache and target directories"
    r"|\s*[+-] \S+==)"
)
_NAME = r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?"
_NAMES = re.compile(
    r"(?:depends? on|require|versions? of|Because|and|build|download)\s+`?" + _NAME +
    # what follows a name, and no other word
    r"(?=`?(?:[<>=!~]|\s+was\b|\s+@|\s+depends?|\s+and\b|,|\.\s|\.$))"
    r"|" + _NAME + r"(?:==|>=|<=|~=|!=|<|>)"
    r"|but none were provided for: " + _NAME
)
_NO_NAME = frozenset({"python", "your", "you", "there", "only", "we", "all", "the", "any", "one"})
_LONGEST = 6000


def failure_of(ran: Ran, *, paths: Mapping[str, str], seconds: float) -> ResolutionFailure:
    """The failure behind a run that did not go well.

    `paths` replaces folders of ours by what stands there in the project; `seconds` is the limit that was set.
    """
    told = explanation(ran.errors or ran.output, paths)
    if ran.timed_out:
        said = f"installing took longer than {seconds:.0f} s and was ended"
        return ResolutionFailure(f"{said}\n{told}".strip(), "timeout", names_in(told))
    told = told or f"uv ended with exit code {ran.code} and said nothing"
    return ResolutionFailure(told, kind_of(told), names_in(told))


def kind_of(told: str) -> str:
    """The kind of a failure, from uv's words: see ResolutionFailure."""
    for kind, pattern in _KINDS:
        if re.search(pattern, told):
            return kind
    if "No solution found" in told:
        # Without another distribution's demand in it, the version asked for is simply not there.
        absent = re.search(r"no versions? of|only the following versions|only \S+ is available", told)
        return "not-found" if absent and not re.search(r"\bdepends? on\b", told) else "conflict"
    return "other"


def explanation(text: str, paths: Mapping[str, str]) -> str:
    """uv's own words without its progress lines, masked, with the project's paths instead of our copies'."""
    for ours, theirs in sorted(paths.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(ours, theirs)
    text = "\n".join(line.rstrip() for line in text.splitlines() if not _NOISE.match(line)).strip()
    if len(text) > _LONGEST:
        left_out = f"[… {len(text) - _LONGEST} characters left out …]"
        text = f"{text[: _LONGEST // 2]}\n{left_out}\n{text[-_LONGEST // 2 :]}"
    return masked(text)


def names_in(told: str) -> tuple[str, ...]:
    """The distributions that an explanation names, normalised, in the order they are named."""
    found: dict[str, None] = {}
    for match in _NAMES.finditer(told):
        name = next(group for group in match.groups() if group)
        if name.lower() not in _NO_NAME and not name.isdigit():
            found.setdefault(str(canonicalize_name(name)), None)
    return tuple(found)

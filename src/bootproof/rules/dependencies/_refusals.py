"""What the installer refused, as the rules of the stage `resolve` read it."""

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from bootproof.model.facts import Facts
from bootproof.model.project import Requirement
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Stage


def refusal(symptom: Symptom) -> tuple[str, tuple[str, ...], str] | None:
    """The kind of a failed installation, the distributions that it names, and its words; None for any other failure."""
    failure: Failure | None = next(iter(symptom.chain), None)
    if symptom.stage is not Stage.RESOLVE or failure is None:
        return None
    names = failure.facts.get("names")
    return str(failure.facts.get("kind", "")), tuple(names) if isinstance(names, list) else (), symptom.note


def brief(words: str) -> str:
    """What a failed build says in short: its heading, and the last line that names an error."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines[1:] if re.search(r"\b\w*(?:Error|error)\b: ", line)]
    return "\n".join(line[:300] for line in (*lines[:1], *errors[-1:]))


def requirements(facts: Facts) -> Iterator[Requirement]:
    """The requirements of the chosen files whose text can be changed."""
    for file in facts.project.dependencies:
        if file.chosen and not file.format.endswith("-lock"):
            yield from file.requirements


def spoken_of(facts: Facts, names: tuple[str, ...], words: str) -> list[Requirement]:
    """The requirements that the installer names, those first that it names as a distribution."""
    plain = {str(canonicalize_name(each)) for each in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]", words)}
    first = {str(canonicalize_name(each)) for each in names}
    found = [each for file in facts.project.dependencies if file.chosen for each in file.requirements]
    found = [each for each in found if each.name in plain | first]
    return sorted(found, key=lambda each: (each.name not in first, each.file, each.line))

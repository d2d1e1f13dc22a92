"""What the rules of this family share: the dependency file, its edits, the wording of requirements."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from bootproof.edits import dependencies
from bootproof.edits.errors import Refusal
from bootproof.edits.wording import with_extra
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Fix, Rival
from bootproof.model.project import Requirement
from bootproof.model.symptom import Failure, Frame
from bootproof.model.words import Safety


@dataclass(frozen=True)
class Optional:
    """One optional requirement in the metadata of an installed distribution."""

    extra: str
    name: str
    extras: tuple[str, ...]
    specifier: str


def place(facts: Facts, *names: str) -> tuple[str, int]:
    """The file and line that a finding about dependencies points at: the first of the distributions that is
    declared, else the start of the dependency file, else the target."""
    for name in names:
        declared = facts.declared(name)
        if declared is not None and facts.text(declared.file) is not None:
            return declared.file, declared.line
    file = facts.dependency_file()
    if file is not None:
        return file.path, 1
    target = facts.project.target
    return (target.file if target else "."), 1


def home(facts: Facts) -> str:
    """The file that findings about dependencies are told of, wherever the line is."""
    return place(facts)[0]


def addition(facts: Facts, requirement: str, near: int | None = None) -> Edit | None:
    """The edit that declares one requirement more; None where there is no file that can be edited."""
    file = facts.dependency_file()
    text = facts.text(file.path) if file else None
    if file is None or text is None:
        return None
    made = dependencies.declare(file, text, requirement, near=near)
    return None if isinstance(made, Refusal) else made


def replacement(facts: Facts, old: Requirement, new: str) -> Edit | None:
    """The edit that declares `new` in the place of `old`."""
    file = next((each for each in facts.project.dependencies if each.path == old.file), None)
    text = facts.text(old.file)
    if file is None or text is None:
        return None
    made = dependencies.swap(file, text, old, new)
    return None if isinstance(made, Refusal) else made


def declaring(
    facts: Facts,
    requirement: str,
    *,
    near: int | None = None,
    safety: Safety = Safety.SAFE,
    rivals: Iterable[Rival] = (),
    loses: str = "",
) -> Fix | None:
    """The fix that declares one requirement more, None where no file can take it.

    A distribution that is declared already is asked for in those versions, on its own line.
    """
    wanted = Parsed(requirement)
    there = facts.declared(str(canonicalize_name(wanted.name))) if wanted.specifier else None
    text = facts.text(there.file) if there else None
    file = next((each for each in facts.project.dependencies if there and each.path == there.file), None)
    if there is not None and text is not None and file is not None:
        pinned = dependencies.pin(file, text, there, str(wanted.specifier))
        title = f"ask for `{requirement}` in `{file.path}`"
        if isinstance(pinned, Refusal):
            return None
        return Fix(title, safety, (pinned,), loses=loses, rivals=tuple(rivals), requires=(requirement,))
    made = addition(facts, requirement, near)
    if made is None:
        return None
    title = f"declare `{requirement}` in `{made.file}`"
    return Fix(title, safety, (made,), loses=loses, rivals=tuple(rivals), requires=(requirement,))


def declaring_extra(facts: Facts, name: str, extra: str) -> Fix | None:
    """The fix that asks for an extra of a distribution, on the line that declares it if there is one."""
    declared = facts.declared(name)
    if declared is None:
        brings = bringer(facts, name)
        return declaring(facts, f"{name}[{extra}]", near=brings.line if brings else None)
    file = next((each for each in facts.project.dependencies if each.path == declared.file), None)
    text = facts.text(declared.file)
    if file is None or text is None:
        return None
    made = dependencies.extra(file, text, declared, extra)
    if isinstance(made, Refusal):
        return None
    wanted = with_extra(declared.text, extra) or f"{name}[{extra}]"
    return Fix(f"declare the extra `{extra}` of `{declared.name}`", Safety.SAFE, (made,), requires=(wanted,))


def requires(facts: Facts, name: str) -> Iterator[tuple[Parsed, str]]:
    """What an installed distribution requires, each with the extra that asks for it ("" for always)."""
    for text in cast("list[str]", facts.ask("extras", name=name) or []):
        try:
            parsed = Parsed(text)
        except InvalidRequirement:
            continue
        extra = re.search(r"""extra\s*==\s*['"]([^'"]+)['"]""", str(parsed.marker or ""))
        yield parsed, extra.group(1) if extra else ""


def optionals(facts: Facts, name: str) -> tuple[Optional, ...]:
    """The optional requirements of an installed distribution."""
    return tuple(
        Optional(extra, str(canonicalize_name(parsed.name)), tuple(sorted(parsed.extras)), str(parsed.specifier))
        for parsed, extra in requires(facts, name)
        if extra
    )


def worded(optional: Optional) -> str:
    """An optional requirement as a line of a dependency file: of its versions only the lower bound."""
    floor = next((each for each in optional.specifier.split(",") if each.startswith(">=")), "")
    extras = f"[{','.join(optional.extras)}]" if optional.extras else ""
    return f"{optional.name}{extras}{floor}"


def bringer(facts: Facts, name: str) -> Requirement | None:
    """The declared requirement whose distribution brings another one that is not declared itself."""
    for file in facts.project.dependencies:
        for each in file.requirements if file.chosen else ():
            if not each.group and any(
                not extra and canonicalize_name(parsed.name) == name for parsed, extra in requires(facts, each.name)
            ):
                return each
    return None


def top(module: str) -> str:
    """The first part of a dotted name."""
    return module.partition(".")[0]


def is_own(facts: Facts, module: str) -> bool:
    """Whether a dotted name's first part is a package of the project, or a module beside or above its target.

    Whether the start finds it is another question. A lone script elsewhere that bears a library's name is not it.
    """
    first = top(module)
    target = facts.project.target
    above = f"/{target.file}" if target else "/"
    return facts.file_of(first) is not None or any(
        f"/{first}/" in f"/{file}"
        or (f"/{file}".endswith(f"/{first}.py") and above.startswith(f"/{file}".removesuffix(f"{first}.py")))
        for file in facts.python_files()
    )


def last_frame(failure: Failure) -> Frame | None:
    """Where an exception was raised, the import system's own frames left out."""
    frames = [each for each in failure.frames if not each.module.startswith(("importlib", "_frozen_importlib"))]
    return frames[-1] if frames else None


def missing_module(failure: Failure) -> str | None:
    """The module that was not found, None for any other exception."""
    name = failure.facts.get("name")
    return name if failure.is_a("ModuleNotFoundError") and isinstance(name, str) and name else None


def from_dialect(failure: Failure) -> str | None:
    """The database name of the SQLAlchemy dialect that asked for its driver, None where none did."""
    for each in reversed(failure.frames):
        if each.module.startswith("sqlalchemy.dialects.") and each.function in ("import_dbapi", "dbapi"):
            return each.module.split(".")[2]
    return None

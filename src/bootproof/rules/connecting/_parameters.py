"""Where a parameter of a connection stands: in a settings file, in a URL in code, in `connect_args`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.source import line_of, line_starts
from bootproof.model.dsn import DsnParameter, parse
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Symptom

_QUOTED = re.compile(r"['\"]([A-Za-z_]\w*)['\"]")
_DIALECTS = "sqlalchemy.dialects."


@dataclass(frozen=True)
class Place:
    """One parameter as written. `span` holds the name alone, `cut` what goes where the parameter goes.

    `key` is the variable that holds the URL, `value` the text as written ("" where it is computed), `kind`
    is "url" or "dict" (an entry of `connect_args`, whose value is code).
    """

    file: str
    line: int
    key: str
    kind: str
    value: str
    span: tuple[int, int]
    cut: tuple[int, int]
    whole: tuple[int, int]
    beside: frozenset[str] = frozenset()  # the other parameters of the same URL or dictionary

    def renamed(self, facts: Facts, new: str) -> Edit:
        """The edit that passes the parameter under another name."""
        return edit(self.file, facts.text(self.file) or b"", *self.span, new)

    def removed(self, facts: Facts) -> Edit:
        """The edit that passes it no more; what stands beside it stays well-formed."""
        return edit(self.file, facts.text(self.file) or b"", *self.cut, "")

    def replaced(self, facts: Facts, new: str) -> Edit:
        """The edit that puts another entry in the place of this one."""
        return edit(self.file, facts.text(self.file) or b"", *self.whole, new)


def refused(symptom: Symptom, facts: Facts) -> tuple[str, str] | None:
    """(driver, parameter) where SQLAlchemy's dialect passed the driver a parameter that it does not accept."""
    for failure in symptom.failures:
        driver = _driver(failure)
        if not driver or failure.facts.get("sqlstate"):
            continue
        # no attribute of the error carries the name: it is taken as data, and looked up in the source
        for name in dict.fromkeys(_QUOTED.findall(failure.message)):
            if not takes(driver, name, facts) and facts.ask("refuses", driver=driver, name=name) is True:
                return driver, name
    return None


def takes(driver: str, name: str, facts: Facts) -> bool:
    """Whether a driver's `connect` has a parameter of that name."""
    if any(each.name == name for each in facts.accepts(f"{driver}:connect") or ()):
        return True
    return facts.ask("refuses", driver=driver, name=name) is False


def _driver(failure: Failure) -> str:
    """The driver that SQLAlchemy was connecting with, "" where it was not.

    A keyword that is not in the signature of its `connect` is refused before any frame of its own.
    """
    last = failure.frames[-1].module.partition(".")[0] if failure.frames else ""
    connecting = any(each.module.startswith("sqlalchemy.") and each.function == "connect" for each in failure.frames)
    if last != "sqlalchemy":
        return last if connecting and failure.is_a(f"{last}.ProgrammingError") else ""
    for frame in reversed(failure.frames) if failure.is_a("TypeError") else ():
        if not frame.module.startswith("sqlalchemy."):
            return ""
        if frame.module.startswith(_DIALECTS) and frame.function == "connect":
            return frame.module.rpartition(".")[2]
    return ""


def place_of(parameter: str, facts: Facts, code: str, suffix: str = "") -> Place | None:
    """Where the parameter stands; of several the first whose finding of rule `code` is not planned yet."""
    for each in places(parameter, facts):
        if f"{code}:{each.file}:{each.key}{suffix}" not in facts.planned:
            return each
    return None


def places(parameter: str, facts: Facts) -> Iterator[Place]:
    """Every place of a parameter: settings that the project reads, code that the target reaches, the rest."""
    settings = list(_in_settings(parameter, facts))
    own = [each for each in _in_code(parameter, facts) if each.file in facts.reachable()]
    yield from (place for place, loaded in settings if loaded)
    yield from own
    yield from (place for place, loaded in settings if not loaded)


def _in_settings(parameter: str, facts: Facts) -> Iterator[tuple[Place, bool]]:
    for each in facts.settings():
        text = facts.text(each.file)
        if text is None:
            continue
        dsn = parse(text[each.start : each.end].decode("utf-8", "surrogateescape"))
        found = dsn.parameter(parameter) if dsn else None
        if dsn is None or found is None:
            continue
        start = each.start + found.pair[0]
        cut = _cut(dsn.parameters, found)
        place = Place(
            each.file,
            each.line,
            each.key,
            "url",
            found.value,
            (start, start + len(parameter)),
            (each.start + cut[0], each.start + cut[1]),
            (start, each.start + found.pair[1]),
            frozenset(other.name for other in dsn.parameters if other.name != parameter),
        )
        yield place, each.loaded and dsn.style == "url"


def _cut(parameters: tuple[DsnParameter, ...], gone: DsnParameter) -> tuple[int, int]:
    """The span to cut, so that several removals in one URL compose, each by itself and all together."""
    behind = next((each for each in parameters if each.pair[0] > gone.pair[0]), None)
    return (gone.pair[0], behind.pair[0]) if behind else (gone.separator[0], gone.pair[1])


def _in_code(parameter: str, facts: Facts) -> Iterator[Place]:
    for file in facts.files_with(parameter.encode()):
        tree = facts.syntax(file)
        if tree is None:
            continue
        names, passed = _assigned(tree), _passed(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                yield from _in_string(parameter, facts, file, node, names.get(id(node), "url"))
            elif isinstance(node, ast.Dict) and names.get(id(node), "") in passed:
                yield from _in_dictionary(parameter, facts, file, node, names[id(node)])


def _in_string(parameter: str, facts: Facts, file: str, node: ast.expr, key: str) -> Iterator[Place]:
    start, end = facts.span(file, node)
    text = facts.text(file) or b""
    pair = rb"(?P<before>[?&])(?P<name>" + re.escape(parameter.encode()) + rb")=(?P<value>[^&\"'\s]*)(?P<after>&?)"
    found = re.search(pair, text[start:end])
    if found is None or b"://" not in text[start : start + found.start()]:
        return
    at = start + found.start()
    cut = (at + 1, start + found.end()) if found["after"] else (at, start + found.end("value"))
    value = found["value"].decode("utf-8", "replace")
    others = re.findall(rb"[?&](\w+)=", text[start:end])
    yield Place(
        file,
        line_of(line_starts(text), at),
        key,
        "url",
        "" if "{" in value else value,
        (start + found.start("name"), start + found.end("name")),
        cut,
        (start + found.start("name"), start + found.end("value")),
        frozenset(each.decode() for each in others) - {parameter},
    )


def _in_dictionary(parameter: str, facts: Facts, file: str, node: ast.Dict, key: str) -> Iterator[Place]:
    text = facts.text(file) or b""
    names = [each.value if isinstance(each, ast.Constant) else None for each in node.keys]
    if parameter not in names:
        return
    index = names.index(parameter)
    entry = node.keys[index]
    assert entry is not None  # it is the constant that was looked for
    start, end = facts.span(file, entry)[0], facts.span(file, node.values[index])[1]
    cut = (start, end)
    if index + 1 < len(names) and node.keys[index + 1] is not None:
        cut = (start, facts.span(file, node.keys[index + 1] or entry)[0])
    elif index:
        cut = (facts.span(file, node.values[index - 1])[1], end)
    inner = facts.span(file, entry)
    value = text[slice(*facts.span(file, node.values[index]))].decode("utf-8", "replace")
    yield Place(
        file,
        entry.lineno,
        key,
        "dict",
        value,
        (inner[0] + 1, inner[1] - 1),
        cut,
        (start, end),
        frozenset(str(each) for each in names if each) - {parameter},
    )


def _passed(tree: ast.Module) -> frozenset[str]:
    """The names under which a file passes `connect_args`."""
    values = [each.value for each in ast.walk(tree) if isinstance(each, ast.keyword) and each.arg == "connect_args"]
    return frozenset({"connect_args", *(each.id for each in values if isinstance(each, ast.Name))})


def _assigned(tree: ast.Module) -> dict[int, str]:
    """For each string or dictionary the name that it is given: a variable, a field, a keyword argument."""
    names: dict[int, str] = {}

    def give(value: ast.AST | None, name: str) -> None:
        for node in ast.walk(value) if value is not None else ():
            if isinstance(node, ast.Constant | ast.JoinedStr | ast.Dict):
                names[id(node)] = name  # the innermost name is given last

    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Attribute):
            target = node.targets[0]
            give(node.value, target.id if isinstance(target, ast.Name) else target.attr)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            give(node.value, node.target.id)
        elif isinstance(node, ast.keyword) and node.arg in ("connect_args", "url"):
            give(node.value, node.arg)
    return names


def needs(facts: Facts) -> tuple[str, ...]:
    """The planned findings that such a parameter presupposes: the driver, else the scheme that names it."""
    for code in ("BP102:", "BP501:"):
        found = tuple(sorted(each for each in facts.planned if each.startswith(code)))
        if found:
            return found
    return ()

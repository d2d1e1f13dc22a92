"""A module that configuration names does not exist

## What happens
A framework imports a module by the name that a text gives it (`INSTALLED_APPS`, `include=[…]`, `modules={…}`), and there is
none of that name.

## Why the server cannot start
Such a name is looked up when the framework is set up. Editors and linters do not follow it, so it is left behind when
a module is moved or renamed.

## How to recognise it
A library imported a module that was not found, no statement of the project does, and a text in the project's code is that
name, or begins with it.

## How it is fixed
The text names the project's one module that ends alike, or whose whole name is near; where several might be meant, or
none, a person writes it.

## Fix safety
Safe: a module of that name does not exist, and only one of the project's own can be meant.

## References
https://docs.python.org/3/library/importlib.html#importlib.import_module
"""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import covers, own_frames
from bootproof.rules.registry import finding

CODE = "BP466"
NEAR = 0.8  # of two whole names, from which on one may be meant for the other
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The texts that name the module."""
    for failure in symptom.failures:
        name = failure.facts.get("name")
        if not failure.is_a("ModuleNotFoundError") or not isinstance(name, str) or not _by_name(failure):
            continue
        for file, node, text in _likely(symptom, facts, name):
            module, meant = _meant(facts, text, name)
            if meant is None and not _is_top_own(facts, name) and facts.offers(name):
                continue  # a distribution is missing, not a module of the project
            frame = next((each.own_frame for each in symptom.failures if each.own_frame), None)
            yield finding(
                __name__, text, file=file, line=node.lineno, data={"node": node, "module": module, "meant": meant},
                cause=f"`{text}` is imported by its name, and the project has no module `{module}`",
                related=(Location(frame.file, frame.line, note="leads to the import"),) if frame else (),
            )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The name of the module that can be meant."""
    node, module, meant = (finding.data[each] for each in ("node", "module", "meant"))
    if not isinstance(node, ast.Constant) or not isinstance(meant, str):
        return None
    text = facts.text(finding.file) or b""
    start, end = facts.span(finding.file, node)
    at = text.find(str(module).encode(), start, end)
    if at < 0:
        return None
    made = edit(finding.file, text, at, at + len(str(module).encode()), meant)
    return Fix(f"name `{meant}`", Safety.SAFE, (made,))


def _by_name(failure: Failure) -> bool:
    """Whether a library asked for the module, by `import_module` or `__import__`, not a statement of an own file."""
    asking = [each for each in failure.frames if not each.module.startswith(("importlib._", "_frozen_importlib"))]
    if not asking:
        return False
    if asking[-1].module == "importlib" or asking[-1].function in ("import_module", "__import__"):
        return True
    return not asking[-1].own and "import" in asking[-1].source and "__import__" in asking[-1].source


def _likely(symptom: Symptom, facts: Facts, name: str) -> list[tuple[str, ast.Constant, str]]:
    """The texts that are meant: those that a message quotes, else those at the own frames, else those that are listed.

    The name of a logger looks like that of a module.
    """
    found = list(_naming(facts, name))
    quoted = [each for each in found if "." in each[2] and any(each[2] in one.message for one in symptom.failures)]
    frames = [frame for failure in symptom.failures for frame in own_frames(failure)]
    here = [each for each in found if any(frame.file == each[0] and covers(each[1], frame.line) for frame in frames)]
    return quoted or here or [each for each in found if any(each[1] is one for one in _listed(facts, each[0]))]


def _listed(facts: Facts, file: str) -> Iterator[ast.expr]:
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield from node.elts
        elif isinstance(node, ast.Dict):
            yield from node.values
        elif isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id.isupper() for each in node.targets):
            yield node.value


def _naming(facts: Facts, name: str) -> Iterator[tuple[str, ast.Constant, str]]:
    """The texts in own files that are this dotted name, or begin with it."""
    for file in facts.files_with(name.encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            text = node.value if isinstance(node, ast.Constant) else None
            if not isinstance(node, ast.Constant) or not isinstance(text, str) or not DOTTED.fullmatch(text):
                continue
            if text == name or text.startswith(f"{name}."):
                yield file, node, text


def _is_top_own(facts: Facts, name: str) -> bool:
    return facts.file_of(name.partition(".")[0]) is not None


def _meant(facts: Facts, text: str, name: str) -> tuple[str, str | None]:
    """The part of the text that is to be a module, and the one own module that can be meant by it."""
    own = {facts.module_of(file) for file in facts.python_files()}
    parts = text.split(".")
    least = name.count(".") + 1
    for count in range(len(parts), least - 1, -1):
        module = ".".join(parts[:count])
        for shared in range(count - 1, 0, -1):
            tail = "." + ".".join(parts[count - shared : count])
            alike = [each for each in own if each.endswith(tail) or each == tail[1:]]
            if len(alike) == 1:
                return module, alike[0]
            if alike:
                break
        near = [each for each in own if difflib.SequenceMatcher(None, each, module).ratio() >= NEAR]
        if len(near) == 1:
            return module, near[0]
    return name if name.count(".") or len(parts) == 1 else text, None

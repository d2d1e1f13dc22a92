"""Keywords that a callable refused: which own call passes them, and what the callable would accept.

The agent tells of a `TypeError` whose call it was, as data (`callee`, `accepts`, `passed`; see
`rehearsal/agent/subjects.py`). Where a library hands keywords on (`**kwargs`) the own call is some frames behind, or
in no frame at all (a middleware is built when the first scope arrives): then it is the own call that names the callee.
"""

import ast
import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from bootproof.edits.calls import drop_argument, drop_entry, rename_argument
from bootproof.edits.errors import EditImpossible
from bootproof.edits.python import replace_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.reading import DEPTH, Function, assigned, covers, function_at, meaning, own_frames

NEAR = 0.75  # how much a name must resemble the one that was meant: one letter of four
APART = 0.1  # how much less the next one must


@dataclass(frozen=True)
class Callee:
    """Who refused its arguments. `path` is "module:qualname", `accepts` the names that it takes, without stars."""

    path: str
    accepts: tuple[str, ...]
    required: tuple[str, ...]
    passed: tuple[str, ...]  # keywords
    positional: int | None  # how many positional arguments it was given, None where the agent could not tell
    takes_any: bool  # it has `**kwargs`
    takes_more: bool  # it has `*args`
    given: tuple[str, ...]  # the qualified types of the positional arguments, "" for each that could not be read

    @property
    def dotted(self) -> str:
        """The path as a qualified name: `starlette.applications.Starlette`."""
        return self.path.replace(":", ".")


@dataclass(frozen=True)
class Argument:
    """A keyword that an own call passes and the callee refuses; `node` is a keyword or a key of a dictionary."""

    file: str
    call: ast.Call
    name: str
    node: ast.keyword | ast.Constant
    value: ast.expr
    callee: Callee | None  # None where a library refused the keyword by itself, in its own words

    @property
    def line(self) -> int:
        """The line of the keyword."""
        return self.node.lineno

    def meant(self, successors: Mapping[str, str] | None = None) -> str:
        """The accepted name that was meant: a successor that a rule knows, else the only near one; "" for none."""
        if self.callee is None:
            return ""
        free = [each for each in self.callee.accepts if each not in self.callee.passed]
        known = (successors or {}).get(self.name, "")
        return known if known in free else nearest(self.name, free)

    def renamed(self, facts: Facts, new: str) -> Edit:
        """The edit that passes the value under another name."""
        text = facts.text(self.file) or b""
        if isinstance(self.node, ast.keyword):
            return rename_argument(self.file, text, self.call, self.name, new)
        return replace_node(self.file, text, self.node, f'"{new}"')

    def dropped(self, facts: Facts) -> Edit:
        """The edit that passes it no more."""
        text, tree = facts.text(self.file) or b"", facts.syntax(self.file)
        if isinstance(self.node, ast.keyword):
            return drop_argument(self.file, text, self.call, self.name)
        for each in ast.walk(tree) if tree is not None else ():
            if isinstance(each, ast.Dict) and self.node in each.keys:
                return drop_entry(self.file, text, each, each.keys.index(self.node))
        raise EditImpossible(f"`{self.file}:{self.line}`: no dictionary has the entry `{self.name}`")


def nearest(name: str, names: Collection[str]) -> str:
    """The one name that resembles another, "" where none or several do alike."""
    ranked = sorted(((difflib.SequenceMatcher(None, name.lower(), each.lower()).ratio(), each) for each in names), reverse=True)
    alike = [each for likeness, each in ranked if likeness >= NEAR and likeness > ranked[0][0] - APART]
    return alike[0] if len(alike) == 1 else ""


def callee_of(failure: Failure) -> Callee | None:
    """The callable whose call raised, as the agent saw it; None where it could not tell, or where it has no signature."""
    path, accepts = failure.facts.get("callee"), failure.facts.get("accepts")
    if not failure.is_a("TypeError") or not isinstance(path, str) or not isinstance(accepts, list):
        return None
    names = [str(each) for each in accepts]
    positional = failure.facts.get("positional")
    return Callee(
        path,
        tuple(each for each in names if not each.startswith("*")),
        tuple(str(each) for each in cast("list[object]", failure.facts.get("required") or [])),
        tuple(str(each) for each in cast("list[object]", failure.facts.get("passed") or [])),
        positional if isinstance(positional, int) else None,
        any(each.startswith("**") for each in names),
        any(each.startswith("*") and not each.startswith("**") for each in names),
        tuple(str(each) for each in cast("list[object]", failure.facts.get("given") or [])),
    )


def refused_arguments(facts: Facts, failure: Failure) -> tuple[Argument, ...]:
    """The keywords of an own call that were refused, all of one call; empty where the failure is something else."""
    if not failure.is_a("TypeError"):
        return ()
    callee = callee_of(failure)
    if callee is not None:
        names = set() if callee.takes_any else set(callee.passed) - set(callee.accepts)
    else:
        # a library that raises in its own words: what it quotes is taken as data, and must be passed by the own call
        names = set(re.findall(r"['\"`]([A-Za-z_]\w*)['\"`]", failure.message))
    if not names:
        return ()
    for file, call in (*calls_at_frames(facts, failure), *_naming(facts, callee, names)):
        found = [
            Argument(file if holder is None else holder, call, name, node, value, callee)
            for name, node, value, holder in passed(facts, file, call)
            if name in names and not _is_handed_on(facts, file, call, name, callee)
        ]
        if found:
            return tuple(found)
    return ()


def passed(
    facts: Facts, file: str, call: ast.Call
) -> Iterator[tuple[str, ast.keyword | ast.Constant, ast.expr, str | None]]:
    """Each keyword of a call, those of dictionaries behind `**` too: name, node, value, the dictionary's file."""
    for each in call.keywords:
        if each.arg is not None:
            yield each.arg, each, each.value, None
            continue
        for where, held in _dictionaries(facts, file, each.value):
            for key, value in zip(held.keys, held.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, key, value, where


def naming(facts: Facts, callee: str) -> Iterator[tuple[str, ast.Call]]:
    """The own calls that call `module:qualname` or hand it on: `Class(…)`, `add_middleware(Class, …)`, `partial(f, …)`."""
    last = callee.rpartition(":")[2].rpartition(".")[2]
    for file in facts.files_with(last.encode()):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and any(
                is_callee(facts, file, each, callee)
                for each in (node.func, *node.args, *(key.value for key in node.keywords))
            ):
                yield file, node


def is_callee(facts: Facts, file: str, node: ast.expr, callee: str) -> bool:
    """Whether an expression names what `module:qualname` defines, under whatever name it is exported."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    found = meaning(facts, file, node)
    if found is None or found.last != callee.rpartition(":")[2].rpartition(".")[2]:
        return False
    if not found.outside:
        return f"{facts.module_of(found.file)}:{found.name}" == callee
    module, _, name = found.outside.rpartition(".")
    return f"{module}:{name}" == callee or facts.ask("origin", path=f"{module}:{name}") == callee


def calls_at_frames(facts: Facts, failure: Failure) -> Iterator[tuple[str, ast.Call]]:
    """The own calls on the frames' lines, innermost first, each followed by the calls that made what it calls."""
    for frame in own_frames(failure):
        tree = facts.syntax(frame.file)
        over = [node for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.Call) and covers(node, frame.line)]
        for call in reversed(over):
            where, made = frame.file, call
            for _ in range(DEPTH):
                yield where, made
                found = meaning(facts, where, made.func)  # SessionLocal(): what made the factory passes keywords too
                if found is None or not isinstance(found.node, ast.Call):
                    break
                where, made = found.file, found.node


def _naming(facts: Facts, callee: Callee | None, names: Collection[str]) -> Iterator[tuple[str, ast.Call]]:
    if callee is not None:
        for file, call in naming(facts, callee.path):
            if any(name in names for name, *_ in passed(facts, file, call)):
                yield file, call


def _is_handed_on(facts: Facts, file: str, call: ast.Call, name: str, callee: Callee | None) -> bool:
    """Whether what is called knows the keyword and something behind it does not: then this call is not at fault."""
    found = meaning(facts, file, call.func)
    if callee is None or found is None or is_callee(facts, file, call.func, callee.path):
        return False
    if not found.outside:
        return name in _own_parameters(found.node)
    module, _, last = found.outside.rpartition(".")
    return any(each.name == name for each in facts.accepts(f"{module}:{last}") or ())


def _own_parameters(node: ast.AST | None) -> frozenset[str]:
    """The names that an own function, or the `__init__` of an own class, takes."""
    if isinstance(node, ast.ClassDef):
        node = next((each for each in node.body if isinstance(each, Function) and each.name == "__init__"), None)
    if not isinstance(node, Function):
        return frozenset()
    return frozenset(each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))


def _dictionaries(facts: Facts, file: str, node: ast.expr, depth: int = 0) -> Iterator[tuple[str, ast.Dict]]:
    """The dictionary literals behind an expression: in place, the value of a name, what own calls give a parameter."""
    if isinstance(node, ast.Dict):
        yield file, node
    elif isinstance(node, ast.BoolOp | ast.IfExp):  # `options or {}`
        for each in node.values if isinstance(node, ast.BoolOp) else (node.body, node.orelse):
            yield from _dictionaries(facts, file, each, depth)
    if not isinstance(node, ast.Name | ast.Attribute):
        return
    tree = facts.syntax(file)
    function = function_at(tree, node.lineno) if tree is not None and isinstance(node, ast.Name) else None
    inside = [each for each in ast.walk(function) if isinstance(each, ast.stmt)] if function is not None else []
    local = [value for each in inside for name, value in assigned(each) if isinstance(node, ast.Name) and name == node.id]
    if any(isinstance(each, ast.Dict) for each in local):
        yield from ((file, each) for each in local if isinstance(each, ast.Dict))
        return
    if function is not None and isinstance(node, ast.Name) and node.id in _own_parameters(function) and depth < DEPTH:
        for where, given in _given(facts, file, function, node.id):
            yield from _dictionaries(facts, where, given, depth + 1)
        return
    found = meaning(facts, file, node)
    if found is not None and isinstance(found.node, ast.Dict):
        yield found.file, found.node


def _given(facts: Facts, file: str, function: Function, name: str) -> Iterator[tuple[str, ast.expr]]:
    """What own calls give a parameter of a function of a module, or of the `__init__` of a class of one."""
    tree = facts.syntax(file)
    owner = next((each for each in tree.body if isinstance(each, ast.ClassDef) and function in each.body), None) if tree else None
    if owner is not None and function.name != "__init__":
        return
    callee = f"{facts.module_of(file)}:{owner.name if owner else function.name}"
    order = [each.arg for each in (*function.args.posonlyargs, *function.args.args)][1 if owner else 0 :]
    for where, call in naming(facts, callee):
        if not is_callee(facts, where, call.func, callee):
            continue
        yield from ((where, each.value) for each in call.keywords if each.arg == name)
        if name in order and len(call.args) > order.index(name):
            yield where, call.args[order.index(name)]

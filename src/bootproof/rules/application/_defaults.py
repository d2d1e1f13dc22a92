"""Defaults of parameters: where one stands, and edits that move or drop it and keep the list of parameters legal."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.application._parameters import endpoint_at
from bootproof.rules.connecting._code import source
from bootproof.rules.reading import Function, meaning, own_frames

DEPENDS = frozenset({"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends", "fastapi.params.Security"})
_FIELDS = ("Path", "Query", "Header", "Cookie", "Body", "Form", "File")
FIELDS = frozenset(f"{module}.{name}" for module in ("fastapi", "fastapi.params", "fastapi.param_functions") for name in _FIELDS)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function of the project's own, with its default."""

    file: str
    function: Function
    argument: ast.arg
    default: ast.expr | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.argument.arg

    def made(self, facts: Facts, node: ast.AST | None) -> str:
        """What an expression calls, as a dotted name of FastAPI's: `fastapi.Query`; "" for anything else."""
        found = meaning(facts, self.file, node.func) if isinstance(node, ast.Call) else None
        return found.outside if found is not None and found.outside in DEPENDS | FIELDS else ""

    def metadata(self, facts: Facts) -> tuple[ast.Call, ...]:
        """The calls of FastAPI's in its `Annotated`, as written at the parameter itself."""
        annotation = self.argument.annotation
        if not isinstance(annotation, ast.Subscript) or not isinstance(annotation.slice, ast.Tuple):
            return ()
        head = meaning(facts, self.file, annotation.value)
        if head is None or head.last != "Annotated":
            return ()
        return tuple(each for each in annotation.slice.elts[1:] if isinstance(each, ast.Call) and self.made(facts, each))

    def without_default(self, facts: Facts) -> list[AnyEdit]:
        """The edits that take its default away; behind others with defaults it becomes a keyword."""
        annotation = self.argument.annotation or self.argument
        end = facts.span(self.file, annotation)[1]
        assert self.default is not None  # callers drop what is there
        dropped = edit(self.file, facts.text(self.file) or b"", end, facts.span(self.file, self.default)[1], "")
        return [*self._by_keyword(facts, _before(self, with_default=True)), dropped]

    def with_default(self, facts: Facts, value: str) -> list[AnyEdit]:
        """The edits that give it a default; before others without one it becomes a keyword."""
        end = facts.span(self.file, self.argument)[1]
        added = edit(self.file, facts.text(self.file) or b"", end, end, f" = {value}")
        return [*self._by_keyword(facts, _behind_without_default(self)), added]

    def _by_keyword(self, facts: Facts, needed: bool) -> list[AnyEdit]:
        """`*` before it, where it is needed: FastAPI passes everything by keyword."""
        arguments = self.function.args
        if not needed or self.argument in arguments.kwonlyargs:
            return []
        start = facts.span(self.file, self.argument)[0]
        text = facts.text(self.file) or b""
        return [] if arguments.vararg or arguments.kwonlyargs else [edit(self.file, text, start, start, "*, ")]


def parameters(file: str, function: Function) -> tuple[Parameter, ...]:
    """The parameters of a function, with their defaults."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return tuple(Parameter(file, function, argument, default) for argument, default in pairs)


def parameters_read(facts: Facts, failure: Failure) -> Iterator[Parameter]:
    """The parameters of the endpoint at the own frame, and of the dependencies that it names."""
    found = endpoint_at(facts, failure)
    if found is not None:
        yield from _with_dependencies(facts, *found, set())


def analysed(failure: Failure) -> bool:
    """Whether FastAPI refused something while it read the parameters of a function."""
    last = failure.frames[-1].module if failure.frames else ""
    return failure.is_a("AssertionError") and last == "fastapi.dependencies.utils" and bool(own_frames(failure))


def shown(facts: Facts, parameter: Parameter) -> str:
    """The parameter as written, on one line."""
    written = source(facts, parameter.file, parameter.argument)
    whole = written if parameter.default is None else f"{written} = {source(facts, parameter.file, parameter.default)}"
    return " ".join(whole.split())


def _with_dependencies(facts: Facts, file: str, function: Function, seen: set[int]) -> Iterator[Parameter]:
    if id(function) in seen:
        return
    seen.add(id(function))
    for each in parameters(file, function):
        yield each
        for call in (*each.metadata(facts), each.default):
            if each.made(facts, call) in DEPENDS and isinstance(call, ast.Call) and call.args:
                inner = meaning(facts, file, call.args[0])
                if inner is not None and isinstance(inner.node, Function):
                    yield from _with_dependencies(facts, inner.file, inner.node, seen)


def _before(parameter: Parameter, *, with_default: bool) -> bool:
    """Whether a positional parameter before it has a default."""
    for each in parameters(parameter.file, parameter.function):
        if each.argument is parameter.argument:
            return False
        if (each.default is not None) is with_default:
            return True
    return False


def _behind_without_default(parameter: Parameter) -> bool:
    arguments = parameter.function.args
    behind = False
    for each in parameters(parameter.file, parameter.function):
        if behind and each.default is None and each.argument not in arguments.kwonlyargs:
            return True
        behind = behind or each.argument is parameter.argument
    return False

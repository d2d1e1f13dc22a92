"""Parameters of endpoints and dependencies: what they are annotated with, and who provides such values."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.reading import Function, Meaning, covers, meaning, own_frames

# What FastAPI and pydantic take as a parameter, by a class in the MRO; everything else needs `Depends`.
_TAKEN = frozenset(
    {
        "pydantic.main.BaseModel",
        "pydantic.v1.main.BaseModel",
        "starlette.requests.HTTPConnection",
        "starlette.responses.Response",
        "starlette.background.BackgroundTasks",
        "starlette.datastructures.UploadFile",
        "fastapi.security.oauth2.SecurityScopes",
        "enum.Enum",
        "str",
        "int",
        "float",
        "bytes",
        "dict",
        "list",
        "tuple",
        "set",
        "frozenset",
        "datetime.date",
        "datetime.time",
        "datetime.timedelta",
        "decimal.Decimal",
        "uuid.UUID",
        "pathlib.PurePath",
        "pathlib._local.PurePath",
    }
)
# What FastAPI passes by itself, whatever the request holds: never a part of it.
PASSED = frozenset(
    {
        "starlette.requests.HTTPConnection",
        "starlette.responses.Response",
        "starlette.background.BackgroundTasks",
        "fastapi.security.oauth2.SecurityScopes",
    }
)
_WRAPPERS = frozenset(
    {
        "AsyncGenerator",
        "AsyncIterator",
        "AsyncIterable",
        "Generator",
        "Iterator",
        "Iterable",
        "Annotated",
        "Optional",
    }
)


@dataclass(frozen=True)
class Wanted:
    """A parameter that needs `Depends`: its function, and what its annotation stands for."""

    file: str
    function: Function
    argument: ast.arg
    stands: Meaning
    default: ast.expr | None = None
    member: ast.expr | None = None  # of `Request | None`: what FastAPI passes by itself, alone

    @property
    def type_name(self) -> str:
        """The class's own name."""
        return self.stands.last


def endpoint_at(facts: Facts, failure: Failure) -> tuple[str, Function] | None:
    """The function whose decorator, or whose registration, is on the innermost own frame's line."""
    for frame in own_frames(failure):
        tree = facts.syntax(frame.file)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, Function) and any(covers(each, frame.line) for each in node.decorator_list):
                return frame.file, node
            if isinstance(node, ast.Call) and covers(node, frame.line):
                for value in (*node.args, *(each.value for each in node.keywords)):
                    found = meaning(facts, frame.file, value)
                    if found is not None and isinstance(found.node, Function):
                        return found.file, found.node
    return None


def without_depends(facts: Facts, file: str, function: Function, failure: Failure, depth: int = 0) -> Iterator[Wanted]:
    """The parameters of a function, and of the dependencies it names, that neither pydantic nor FastAPI takes."""
    quoted = re.search(r"<class '([\w.]+)'>", failure.message)
    named = quoted[1].rpartition(".")[2] if quoted else ""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [
        *zip(positional, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        provider = _dependency(facts, file, default) or _dependency(facts, file, argument.annotation)
        if provider is not None:
            if isinstance(provider.node, Function) and depth < 5:
                yield from without_depends(facts, provider.file, provider.node, failure, depth + 1)
            continue
        if (
            argument.annotation is None
            or _is_depends(facts, file, default)
            or _is_depends(facts, file, argument.annotation)
        ):
            continue
        member = _passed_by_itself(facts, file, argument.annotation)
        if member is not None and not named:
            yield Wanted(file, function, argument, _class(facts, file, member) or Meaning(), default, member)
            continue
        stands = _class(facts, file, argument.annotation)
        # no attribute of the error carries the class: it is taken from the message, and must be this annotation's
        if stands is None or (named and stands.last != named) or _taken(facts, stands):
            continue
        yield Wanted(file, function, argument, stands, default)


def _passed_by_itself(facts: Facts, file: str, annotation: ast.expr) -> ast.expr | None:
    """The class that FastAPI passes by itself, where an annotation allows `None` besides it; None for anything else."""
    members: list[ast.expr] = []
    if isinstance(annotation, ast.BinOp):
        members = [annotation.left, annotation.right]
    elif isinstance(annotation, ast.Subscript):
        head = meaning(facts, file, annotation.value)
        if head is not None and head.outside in ("typing.Optional", "typing.Union"):
            members = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    rest = [each for each in members if not isinstance(each, ast.Constant)]
    stands = _class(facts, file, rest[0]) if len(rest) == 1 else None
    return rest[0] if stands is not None and _passed(facts, stands) else None


def _passed(facts: Facts, stands: Meaning) -> bool:
    module, _, name = stands.outside.rpartition(".")
    bases_of = cast("list[str] | None", facts.ask("mro", path=f"{module}:{name}")) if module else None
    return any(each in PASSED for each in bases_of or ())


def _is_depends(facts: Facts, file: str, node: ast.AST | None) -> bool:
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Call):
            found = meaning(facts, file, each.func)
            if found is not None and found.outside.startswith(("fastapi", "fastapi_injector")):
                return True
    return False


def _dependency(facts: Facts, file: str, node: ast.AST | None) -> Meaning | None:
    """What `Depends(…)` in an expression calls."""
    if isinstance(node, ast.Name | ast.Attribute):  # an alias: SessionDep = Annotated[…, Depends(…)]
        found = meaning(facts, file, node)
        if found is not None and isinstance(found.node, ast.expr) and found.node is not node:
            return _dependency(facts, found.file, found.node)
        return None
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Call) and each.args:
            made = meaning(facts, file, each.func)
            if made is not None and made.outside in (
                "fastapi.Depends",
                "fastapi.Security",
                "fastapi.params.Depends",
            ):
                return meaning(facts, file, each.args[0]) or Meaning(outside="unknown")
    return None


def _class(facts: Facts, file: str, annotation: ast.expr) -> Meaning | None:
    """The class that an annotation names, `Optional` and quotes taken off."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    if isinstance(annotation, ast.BinOp):
        return _class(facts, file, annotation.left)
    if isinstance(annotation, ast.Subscript):
        head = meaning(facts, file, annotation.value)
        inner = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
        wraps = head is not None and head.last in _WRAPPERS
        return _class(facts, file, inner if wraps else annotation.value)
    return meaning(facts, file, annotation)


def _taken(facts: Facts, stands: Meaning) -> bool:
    if isinstance(stands.node, ast.ClassDef):
        bases = [meaning(facts, stands.file, base) for base in stands.node.bases]
        decorated = any("dataclass" in ast.unparse(each) for each in stands.node.decorator_list)
        return decorated or any(each is not None and _taken(facts, each) for each in bases)
    if not stands.outside:
        return True
    module, _, name = stands.outside.rpartition(".")
    bases_of = cast("list[str] | None", facts.ask("mro", path=f"{module}:{name}")) if module else None
    return bases_of is None or any(each in _TAKEN for each in bases_of)


@dataclass(frozen=True)
class Provider:
    """A function that gives a value of the wanted class; `used`: some `Depends` names it already."""

    file: str
    name: str
    used: bool


def providers(facts: Facts, wanted: Wanted) -> tuple[Provider, ...]:
    """The own functions that yield or return the wanted class and ask nothing that FastAPI could not give.

    Of several, those that some `Depends` names already; then those that the target reaches.
    """
    found = []
    for file in facts.files_with(b"def ", wanted.type_name.encode()):
        tree = facts.syntax(file)
        if tree is None or is_test(file):
            continue
        for node in tree.body:
            if isinstance(node, Function) and node is not wanted.function and _gives(facts, file, node, wanted):
                found.append(Provider(file, node.name, _is_used(facts, node.name)))
    reached = [each for each in found if each.file in facts.reachable()]
    return tuple([each for each in found if each.used] or reached or found)


def is_test(file: str) -> bool:
    """Whether a file belongs to the tests."""
    parts = file.split("/")
    return any(each in ("tests", "test") for each in parts[:-1]) or parts[-1].startswith(("test_", "conftest"))


def _gives(facts: Facts, file: str, node: Function, wanted: Wanted) -> bool:
    if any("contextmanager" in ast.unparse(each) for each in node.decorator_list):
        return False
    required = len(node.args.args) - len(node.args.defaults)
    if required and not all(_is_depends(facts, file, each.annotation) for each in node.args.args[:required]):
        return False
    if node.returns is not None:
        given = _class(facts, file, node.returns)
        return given is not None and given.last == wanted.type_name
    yielded = [each.value for each in ast.walk(node) if isinstance(each, ast.Yield)]
    return bool(yielded) and any(_is_session(facts, file, node, each, wanted) for each in yielded if each is not None)


def _is_session(facts: Facts, file: str, node: Function, value: ast.expr, wanted: Wanted) -> bool:
    """Whether a generator without annotation yields what a session factory (or the class itself) made."""
    makers: list[ast.expr] = [value]
    for each in ast.walk(node):
        if isinstance(each, ast.With | ast.AsyncWith):
            makers += [
                item.context_expr
                for item in each.items
                if item.optional_vars and ast.unparse(item.optional_vars) == ast.unparse(value)
            ]
        elif isinstance(each, ast.Assign) and any(ast.unparse(one) == ast.unparse(value) for one in each.targets):
            makers.append(each.value)
    for each in makers:
        made = meaning(facts, file, each.func) if isinstance(each, ast.Call) else None
        if made is None:
            continue
        if made.last == wanted.type_name:
            return True
        if isinstance(made.node, ast.Call) and "sessionmaker" in ast.unparse(made.node.func):
            asynchronous = "async_sessionmaker" in ast.unparse(made.node.func) or "AsyncSession" in ast.unparse(
                made.node
            )
            return wanted.type_name == ("AsyncSession" if asynchronous else "Session")
    return False


def _is_used(facts: Facts, name: str) -> bool:
    return any(
        re.search(rb"\bDepends\(\s*(?:\w+\.)*" + name.encode() + rb"\s*[,)]", facts.text(file) or b"")
        for file in facts.files_with(b"Depends", name.encode())
    )

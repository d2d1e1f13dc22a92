"""Session factories of SQLAlchemy's: where they are made, of which kind they and their engines are."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from bootproof.edits.python import add_import, drop_argument, replace_node
from bootproof.model.edit import AnyEdit, ImportEdit
from bootproof.model.facts import Facts
from bootproof.rules.kinds import given_by
from bootproof.rules.reading import keyword, meaning, outside

SYNCHRONOUS = frozenset({"sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.session.sessionmaker"})
HOME = "sqlalchemy.ext.asyncio"
ASYNC_SESSION = f"{HOME}.session.AsyncSession"
MAKERS = frozenset({"sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlmodel.create_engine"})
ENGINES = {f"{HOME}.engine.AsyncEngine": True, "sqlalchemy.engine.base.Engine": False}


@dataclass(frozen=True)
class Factory:
    """One factory. `engine` is the call that makes its engine, and the file of that; `of_async` is the engine's kind."""

    file: str
    call: ast.Call
    asynchronous: bool
    engine: tuple[str, ast.Call] | None
    of_async: bool | None

    @property
    def line(self) -> int:
        """The line of the call."""
        return self.call.lineno


def factories(facts: Facts) -> Iterator[Factory]:
    """Every session factory in files that the target reaches."""
    for file in facts.files_with(b"sessionmaker"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for call in ast.walk(tree) if tree is not None else ():
            if not isinstance(call, ast.Call):
                continue
            name = outside(facts, file, called_by(call))
            if name in SYNCHRONOUS or (name.startswith(HOME) and name.endswith(".async_sessionmaker")):
                asynchronous = name not in SYNCHRONOUS or _makes_async(facts, file, keyword(call, "class_"))
                engine = keyword(call, "bind") or (call.args[0] if call.args else None)
                made = _made(facts, file, engine)
                yield Factory(file, call, asynchronous, made, _kind(facts, *made) if made else None)


def called_by(call: ast.Call) -> ast.expr:
    """What a call calls: `sessionmaker` of `sessionmaker[Session](…)`."""
    return call.func.value if isinstance(call.func, ast.Subscript) else call.func


def as_async(facts: Facts, file: str, call: ast.Call) -> tuple[AnyEdit, ...] | None:
    """The edits that make it an `async_sessionmaker` with the same arguments; None where it does not take one of them."""
    text, tree = facts.text(file), facts.syntax(file)
    if text is None or tree is None:
        return None
    factory = called_by(call)
    edits: list[AnyEdit] = [replace_node(file, text, factory, "async_sessionmaker")]
    edits.append(_import(file, text, tree, facts, factory))
    accepted = facts.accepts(f"{HOME}:async_sessionmaker")
    if accepted is not None and not any(each.kind == "VAR_KEYWORD" for each in accepted):
        known = {each.name for each in accepted}
        for each in call.keywords:
            if each.arg and each.arg not in known:
                if not (
                    each.arg == "autocommit" and isinstance(each.value, ast.Constant) and each.value.value is False
                ):
                    return None
                edits.append(drop_argument(file, text, call, each.arg))
    return tuple(edits)


def _import(file: str, text: bytes, tree: ast.Module, facts: Facts, factory: ast.expr) -> AnyEdit:
    """Import the new factory; in the place of the old one, where nothing else uses that."""
    name = factory.id if isinstance(factory, ast.Name) else ""
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    for node in tree.body if name and len(uses) == 1 else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name and f"{node.module}.{alias.name}" in SYNCHRONOUS:
                    start, end = facts.span(file, node)
                    return ImportEdit(file, start, end, (alias.name,), (f"from {HOME} import async_sessionmaker",))
    return add_import(file, text, f"from {HOME} import async_sessionmaker")


def _makes_async(facts: Facts, file: str, session: ast.expr | None) -> bool:
    path = outside(facts, file, session) if session is not None else ""
    module, _, name = path.rpartition(".")
    bases = cast("list[str] | None", facts.ask("mro", path=f"{module}:{name}")) if module else None
    return ASYNC_SESSION in (bases or ())


def _kind(facts: Facts, file: str, engine: ast.Call) -> bool | None:
    """Whether a call makes an asynchronous engine; None where it is not known what it makes."""
    if outside(facts, file, engine.func) in MAKERS:  # it declares its result for type checkers alone
        return False
    given = given_by(facts, file, engine, {})
    return ENGINES.get(given.type) if given is not None and not given.how else None


def _made(facts: Facts, file: str, engine: ast.expr | None) -> tuple[str, ast.Call] | None:
    if isinstance(engine, ast.Call):
        return file, engine
    found = meaning(facts, file, engine) if engine is not None else None
    return (found.file, found.node) if found is not None and isinstance(found.node, ast.Call) else None

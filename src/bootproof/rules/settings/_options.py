"""Set an option of a settings class: in `model_config`, in its `Config`, beside its bases, or in a new `model_config`."""

import ast

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument, add_import, insert_statement_before, replace_node
from bootproof.edits.source import line_start, next_line
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.reading import assigned, keyword, lineage, outside, text_of


def option(node: ast.ClassDef, name: str) -> ast.expr | None:
    """The value of an option that the class itself gives, None where it gives none."""
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            for statement in each.body:
                for target, value in assigned(statement):
                    if target == name:
                        return value
        for target, value in assigned(each):
            if target == "model_config" and isinstance(value, ast.Call | ast.Dict):
                return option_of(value, name)
    return next((each.value for each in node.keywords if each.arg == name), None)


def option_of(options: ast.expr | None, name: str) -> ast.expr | None:
    """The value of an option in what a `model_config` is given: a call or a dictionary."""
    if isinstance(options, ast.Call):
        return keyword(options, name)
    if isinstance(options, ast.Dict):
        pairs = zip(options.keys, options.values, strict=True)
        return next((value for key, value in pairs if text_of(key) == name), None)
    return None


def option_in_force(facts: Facts, file: str, node: ast.ClassDef, name: str) -> tuple[str, ast.expr] | None:
    """The value of an option with the file where it stands, inherited ones too; None where none is given."""
    for place, each in lineage(facts, file, node):
        given = option(each, name)
        if given is not None:
            return place, given
    return None


def set_option(facts: Facts, file: str, node: ast.ClassDef, name: str, code: str) -> tuple[AnyEdit, ...]:
    """The edits that give an option another value, where the class says its options already."""
    text = facts.text(file) or b""
    given = option(node, name)
    if given is not None:
        return (replace_node(file, text, given, code),)
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            return (insert_statement_before(file, text, each.body[0], f"{name} = {code}"),)
        for target, value in assigned(each):
            if target != "model_config":
                continue
            if isinstance(value, ast.Call):
                return (add_argument(file, text, value, name, code),)
            if isinstance(value, ast.Dict):
                start = facts.span(file, value)[0] + 1
                return (edit(file, text, start, start, f'"{name}": {code}' + (", " if value.keys else "")),)
            return ()
    beside = [each for each in node.keywords if each.arg not in ("metaclass", None)]
    if beside:  # `class Settings(BaseSettings, env_file=".env")`
        end = facts.span(file, beside[-1])[1]
        return (edit(file, text, end, end, f", {name}={code}"),)
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and text_of(first.value) is not None
    at = node.body[1] if documented and len(node.body) > 1 else first
    if documented and len(node.body) == 1:
        return ()
    kind = dictionary(facts, file, node)
    line = f"model_config = {kind.rpartition('.')[2]}({name}={code})"
    module, _, word = kind.rpartition(".")
    return (insert_statement_before(file, text, at, line), add_import(file, text, f"from {module} import {word}"))


def dictionary(facts: Facts, file: str, node: ast.ClassDef) -> str:
    """The type of a class's `model_config`, by its dotted name: settings classes have one of their own."""
    bases = [outside(facts, place, base) for place, each in lineage(facts, file, node) for base in each.bases]
    settings = any(each.rpartition(".")[2] == "BaseSettings" for each in bases)
    return "pydantic_settings.SettingsConfigDict" if settings else "pydantic.ConfigDict"


def merged(facts: Facts, file: str, node: ast.ClassDef) -> tuple[AnyEdit, ...]:
    """The edits that move what a class's `Config` says into its `model_config`; none where they contradict.

    Options that pydantic 1 called otherwise get the name that the installed pydantic tells for them.
    """
    inner = next((each for each in node.body if isinstance(each, ast.ClassDef) and each.name == "Config"), None)
    into = next((value for each in node.body for name, value in assigned(each) if name == "model_config"), None)
    said = [each for each in (inner.body if inner else ()) if not _says_nothing(each)]
    given = [(name, value) for each in said for name, value in assigned(each)]
    if inner is None or inner.bases or len(given) != len(said):
        return ()
    renamed = facts.ask("constant", path="pydantic._internal._config:V2_RENAMED_KEYS")
    names = renamed if isinstance(renamed, dict) else {}
    text = facts.text(file) or b""
    added: dict[str, str] = {}
    for name, value in given:
        start, end = facts.span(file, value)
        code, held = text[start:end].decode(), option_of(into, names.get(name, name))
        if held is None:
            added[names.get(name, name)] = code
        elif ast.dump(held) != ast.dump(value):
            return ()
    at, stop = facts.span(file, inner)
    start = line_start(text, at)
    above = [next_line(text, facts.span(file, each)[1]) for each in node.body if each.lineno < inner.lineno]
    if above and not text[max(above) : start].strip():
        start = max(above)  # the blank lines before it go with it
    gone = edit(file, text, start, next_line(text, stop), "")
    if isinstance(into, ast.Dict):
        start = facts.span(file, into)[0] + 1
        pairs = ", ".join(f'"{name}": {code}' for name, code in added.items())
        return (edit(file, text, start, start, pairs + (", " if into.keys and pairs else "")), gone)
    if isinstance(into, ast.Call) and not any(each.arg is None for each in into.keywords):
        return (*(add_argument(file, text, into, name, code) for name, code in added.items()), gone)
    return ()


def _says_nothing(each: ast.stmt) -> bool:
    return isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))

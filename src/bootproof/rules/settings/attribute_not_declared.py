"""A setting is read that the settings class does not declare

## What happens
`AttributeError` is raised where a module reads `settings.SOMETHING`.

## Why the server cannot start
The field was renamed, was misspelt, or never declared. A line of `.env` alone declares nothing: with
`extra="ignore"` it is passed over.

## How to recognise it
What lacks the attribute is an object of an own class, or the class itself, that derives from pydantic's
`BaseSettings` or whose values are read from the environment.

## How it is fixed
Where one declared name differs only in case or underscores, that one is read. Where a settings file that the
class reads has the variable, the field is declared. Where one declared name is near, that one is read. Else a
person declares the field or names the one that is meant; trials use a stand-in that is never written anywhere.

## Fix safety
Safe for another spelling and for a text that the settings file has. Unsafe for a near name, and for a value
that may be a number.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.python import insert_statement_after
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import nearest
from bootproof.rules.attributes import Missing, missing_attribute
from bootproof.rules.origins import classes_named, effective, origins
from bootproof.rules.reading import Function, assigned, lineage
from bootproof.rules.registry import finding
from bootproof.rules.settings._definitions import fields_of
from bootproof.rules.settings._names import owner_of, plain
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP316"
SETTINGS = "pydantic_settings.main.BaseSettings"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The expression that asks for it."""
    for failure in symptom.failures:
        missing = missing_attribute(facts, failure)
        if missing is None or missing.kind not in ("class", "instance"):
            continue
        for file, node in classes_named(facts, missing.owner_name.rpartition(".")[2], missing.owner):
            if missing.owner.partition(":")[0] != facts.module_of(file) or missing.name in fields_of(facts, file, node):
                continue
            if not missing.is_a(SETTINGS) and not _reads_environment(facts, file, node):
                continue
            yield finding(
                __name__,
                f"{node.name}.{missing.name}",
                file=missing.frame.file,
                line=missing.node.lineno,
                cause=f"`{node.name}` declares no `{missing.name}`",
                explanation="It declares " + ", ".join(f"`{each}`" for each in _declared(facts, file, node)[:12]),
                related=(Location(file, node.lineno, note=f"class {node.name}"),),
                data={"missing": missing, "file": file, "class": node},
            )
            return


def _reads_environment(facts: Facts, file: str, node: ast.ClassDef) -> bool:
    return any(
        each.variables
        for statement in ast.walk(node)
        for _, value in (assigned(statement) if isinstance(statement, ast.stmt) else ())
        for each in origins(facts, file, value)
    )


def _declared(facts: Facts, file: str, node: ast.ClassDef) -> list[str]:
    """What the class and the own ones above it declare: fields, attributes, properties."""
    found: list[str] = []
    for _, each in lineage(facts, file, node):
        for statement in each.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                found.append(statement.target.id)
            elif isinstance(statement, Function) and statement.decorator_list:
                found.append(statement.name)
            found += [name for name, _ in assigned(statement)]
    return [each for each in dict.fromkeys(found) if not each.startswith("_") and each != "model_config"]


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Another spelling, the field that the settings file sets, a near name, or a field to be filled in."""
    missing, node, file = finding.data["missing"], finding.data["class"], str(finding.data["file"])
    if not isinstance(missing, Missing) or not isinstance(node, ast.ClassDef):
        return None
    declared = _declared(facts, file, node)
    same = [each for each in declared if plain(each) == plain(missing.name)]
    if len(same) == 1:
        return Fix(f"read `{same[0]}`", Safety.SAFE, (missing.renamed(facts, same[0]),))
    owner = owner_of(facts, node.name, missing.owner) if missing.is_a(SETTINGS) else None
    variable = f"{owner.prefix}{missing.name}" if owner is not None else ""
    value = effective(facts, (variable,)) if owner is not None else None
    if owner is not None and value is not None and owner.reads((variable,), value.key):
        text = not re.fullmatch(r"[\d.,+\-]*|true|false|yes|no|on|off|[\[{].*", value.value, re.IGNORECASE)
        loses = "" if text else f"that `{missing.name}` is a number, a truth or a list: it is read as text"
        title = f"declare `{missing.name}`, which `{value.file}` sets"
        return Fix(title, Safety.SAFE if text else Safety.UNSAFE, _declaring(facts, file, node, missing.name, "str"), loses=loses)
    near = nearest(missing.name, declared)
    if near:
        return Fix(f"read `{near}`", Safety.UNSAFE, (missing.renamed(facts, near),), loses="that another field may be meant")
    edits = _declaring(facts, file, node, missing.name, "str") if owner is not None else ()
    title = f"declare `{missing.name}` in `{node.name}`, or read the field that is meant"
    return Fix(title, Safety.PLACEHOLDER, edits, stand_ins={variable: stand_in(facts, file, missing.name)}) if edits else None


def _declaring(facts: Facts, file: str, node: ast.ClassDef, name: str, kind: str) -> tuple[AnyEdit, ...]:
    """The edit that declares a field behind the last one."""
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    text = facts.text(file) or b""
    return (insert_statement_after(file, text, fields[-1], f"{name}: {kind}"),) if fields else ()

"""Which settings the code asks for: fields of settings classes, and variables read from the environment."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.model.project import SettingField
from bootproof.project.names import Definition, Names, Outside, dotted_name, keyword, text_of
from bootproof.project.sources import Sources

_ASKS = (
    b"BaseSettings", b"os.environ", b"environ[", b"environ.", b"environs", b"getenv", b"decouple",
    b"starlette.config",
)  # fmt: skip
_ENV_TYPES = frozenset(
    {
        "str",
        "int",
        "bool",
        "float",
        "list",
        "dict",
        "json",
        "url",
        "path",
        "decimal",
        "datetime",
        "date",
        "log_level",
        "db",
    }
)


def read_fields(sources: Sources, names: Names, files: Iterable[str]) -> tuple[SettingField, ...]:
    """The fields and variables that own code among `files` asks for, by file and line."""
    found: list[SettingField] = []
    finder = _Finder(names)
    wanted = set(files)
    asking = set(sources.holding(_ASKS, wanted))
    bases = {
        name
        for file in asking
        for name, nodes in names.bound(file).items()
        if any(isinstance(node, ast.ClassDef) and finder.is_settings(file, node) for node in nodes)
    }
    if bases:
        any_base = rb"\b(?:" + "|".join(sorted(bases)).encode() + rb")\b"
        derived = re.compile(rb"class\s+\w+\([^)]*" + any_base + rb"|" + any_base + rb"\s+as\s")
        near = sources.holding((name.encode() for name in bases), wanted)
        asking |= {file for file in near if derived.search(sources.text(file) or b"")}
    for file in sorted(asking):
        tree = sources.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ClassDef) and finder.is_settings(file, node):
                found.extend(finder.fields(file, node))
            elif isinstance(node, ast.Subscript | ast.Call):
                read = finder.variable(file, node)
                if read:
                    found.append(read)
    return tuple(sorted(set(found), key=lambda each: (each.file, each.line, each.name)))


@dataclass(frozen=True)
class _Options:
    prefix: str = ""
    case_sensitive: bool = False


class _Finder:
    """Knows settings classes by their bases; guards against classes that inherit in a circle."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._looking: set[int] = set()

    def is_settings(self, file: str, node: ast.ClassDef) -> bool:
        """Whether the class derives, through own classes too, from pydantic's BaseSettings."""
        if id(node) in self._looking:
            return False
        self._looking.add(id(node))
        try:
            return any(self._base(file, base) for base in node.bases)
        finally:
            self._looking.discard(id(node))

    def _base(self, file: str, base: ast.expr) -> bool:
        found = self.names.meaning(file, base)
        if isinstance(found, Definition):
            return any(
                isinstance(node, ast.ClassDef) and self.is_settings(found.file, node) for node in found.nodes
            )
        name = found.dotted if isinstance(found, Outside) else dotted_name(base)
        return name.rpartition(".")[2] == "BaseSettings"

    def _options(self, file: str, node: ast.ClassDef, depth: int = 0) -> _Options:
        given = _Options()
        for base in node.bases if depth < 5 else ():
            found = self.names.meaning(file, base)
            if isinstance(found, Definition) and isinstance(found.nodes[-1], ast.ClassDef):
                given = self._options(found.file, found.nodes[-1], depth + 1)
        told: dict[str, ast.expr] = {each.arg: each.value for each in node.keywords if each.arg}
        for each in node.body:
            if isinstance(each, ast.ClassDef) and each.name == "Config":
                told.update(
                    {
                        dotted_name(one.targets[0]): one.value
                        for one in each.body
                        if isinstance(one, ast.Assign)
                    }
                )
            value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
            target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
            if value is not None and target is not None and dotted_name(target) == "model_config":
                if isinstance(value, ast.Call):
                    told.update({one.arg: one.value for one in value.keywords if one.arg})
                elif isinstance(value, ast.Dict):
                    pairs = zip(value.keys, value.values, strict=True)
                    told.update({text: one for key, one in pairs if key and (text := text_of(key))})
        prefix, sensitive = text_of(told.get("env_prefix")), told.get("case_sensitive")
        return _Options(
            given.prefix if prefix is None else prefix,
            sensitive.value is True if isinstance(sensitive, ast.Constant) else given.case_sensitive,
        )

    def fields(self, file: str, node: ast.ClassDef) -> Iterator[SettingField]:
        """The fields that the class itself declares."""
        options = self._options(file, node)
        for each in node.body:
            if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
                continue
            name, annotation = each.target.id, ast.unparse(each.annotation)
            if name.startswith("_") or name == "model_config" or "ClassVar" in annotation:
                continue
            given = each.value if self._is_field(each.value) else None
            if given is None and annotation.startswith(("Annotated[", "typing.Annotated[")):
                parts = getattr(getattr(each.annotation, "slice", None), "elts", [])
                given = next((one for one in parts if self._is_field(one)), None)
            required = each.value is None or _is_ellipsis(each.value)
            if isinstance(given, ast.Call):
                default = given.args[0] if given.args else keyword(given, "default")
                has = default is not None or keyword(given, "default_factory") is not None
                required = (not has or _is_ellipsis(default)) and (each.value is None or each.value is given)
            yield SettingField(
                name, file, each.lineno, node.name, annotation, required, _variables(name, options, given)
            )

    def _is_field(self, node: ast.AST | None) -> bool:
        return isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] == "Field"

    def variable(self, file: str, node: ast.Subscript | ast.Call) -> SettingField | None:
        """The environment variable that an expression reads, None where it reads none."""
        if isinstance(node, ast.Subscript):
            name = text_of(node.slice)
            stored = not isinstance(node.ctx, ast.Load)
            if name and not stored and self._dotted(file, node.value) == "os.environ":
                return SettingField(name, file, node.lineno, required=True, variables=(name,))
            return None
        name = text_of(node.args[0]) if node.args else None
        if not name or not re.fullmatch(r"\w+", name):
            return None
        dotted = self._dotted(file, node.func)
        if dotted in ("os.getenv", "os.environ.get"):
            return SettingField(name, file, node.lineno, required=False, variables=(name,))
        default = len(node.args) > 1 or keyword(node, "default") is not None
        if dotted in ("decouple.config", "os.environ.pop"):
            return SettingField(name, file, node.lineno, required=not default, variables=(name,))
        if self._reader(file, node.func):
            positional = len(node.args) > 1 and not isinstance(node.func, ast.Name)
            required = not (positional or keyword(node, "default") is not None)
            return SettingField(name, file, node.lineno, required=required, variables=(name,))
        return None

    def _reader(self, file: str, function: ast.expr) -> bool:
        """Whether it is an object of environs, django-environ or starlette's Config that is called."""
        base = function
        if isinstance(function, ast.Attribute):
            if function.attr not in _ENV_TYPES:
                return False
            base = function.value
        found = self.names.meaning(file, base)
        if not isinstance(found, Definition) or not isinstance(found.nodes[-1], ast.Call):
            return False
        made = self._dotted(found.file, found.nodes[-1].func)
        return made in (
            "environs.Env",
            "environ.Env",
            "starlette.config.Config",
            "decouple.Config",
            "decouple.AutoConfig",
        )

    def _dotted(self, file: str, node: ast.AST) -> str:
        found = self.names.meaning(file, node)
        return found.dotted if isinstance(found, Outside) else ""


def _variables(name: str, options: _Options, given: ast.AST | None) -> tuple[str, ...]:
    aliases: list[str] = []
    if isinstance(given, ast.Call):
        for word in ("validation_alias", "alias", "env"):
            value = keyword(given, word)
            parts = value.args if isinstance(value, ast.Call) else getattr(value, "elts", None) or [value]
            aliases = [text for part in parts if (text := text_of(part))]
            if aliases:
                break
    found = aliases or [options.prefix + name]
    return tuple(found if options.case_sensitive else [each.upper() for each in found])


def _is_ellipsis(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...

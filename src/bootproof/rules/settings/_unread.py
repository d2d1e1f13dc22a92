"""Which settings files were looked in; why one that has a value does not give it to the start, and what makes it."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bootproof.edits.making import edit
from bootproof.edits.python import add_import, insert_statement_before, replace_node
from bootproof.edits.source import next_line
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Location
from bootproof.model.project import GIVEN, SettingValue
from bootproof.project.envfiles import is_template
from bootproof.project.layout import ancestors, join
from bootproof.rules.origins import effective
from bootproof.rules.reading import keyword, meaning, outside, own_frames, statement_at, text_of
from bootproof.rules.settings._missing import Missed
from bootproof.rules.settings._names import Owner
from bootproof.rules.settings._options import option_in_force, set_option

_LOADERS = {  # a call that reads a settings file into the environment: the keyword of its path
    "dotenv.load_dotenv": "dotenv_path",
    "dotenv.main.load_dotenv": "dotenv_path",
    "starlette.config.Config": "env_file",
}


@dataclass(frozen=True)
class Unread:
    """A settings file that the start does not read, or not in time. `why`: elsewhere, late, unasked.

    `node`: the path as written (elsewhere), the call that comes too late (late), else the settings class or the read.
    """

    value: SettingValue
    why: str
    file: str
    node: ast.AST
    frame: tuple[str, int] | None = None  # where the start goes on to what reads the variable

    @property
    def line(self) -> int:
        """The line of the node."""
        return getattr(self.node, "lineno", 1)


def unread(facts: Facts, missed: Missed) -> Unread | None:
    """The settings file that would give a variable, None where there is none or nothing tells why it is not read."""
    exact = missed.owner is None and not missed.what
    held = [
        each
        for each in facts.settings(missed.variable)
        if each.source == "env-file" and not is_template(each.file) and (not exact or each.key == missed.variable)
    ]
    given = effective(facts, (missed.variable,))
    if not held or (given is not None and given.source in (*GIVEN, "option")):
        return None
    return _of_class(facts, missed, held) if missed.owner is not None else _of_read(facts, missed, held)


def _of_class(facts: Facts, missed: Missed, held: list[SettingValue]) -> Unread | None:
    owner = missed.owner
    if owner is None or any(each.loaded for each in held):
        return None
    named = option_in_force(facts, owner.file, owner.node, "env_file")
    if named is not None:
        return _elsewhere(facts, held, *named)
    if "SettingsConfigDict" not in (facts.exports("pydantic_settings") or ()):
        return None
    plain = next((each for each in held if PurePosixPath(each.file).name == ".env"), None)
    return Unread(plain, "unasked", owner.file, owner.node) if plain else None


def _of_read(facts: Facts, missed: Missed, held: list[SettingValue]) -> Unread | None:
    calls = list(loaders(facts))
    for file, _, path in calls:
        found = _elsewhere(facts, held, file, path) if path is not None else None
        if found is not None and not found.value.loaded:
            return found
    loaded = next((each for each in held if each.loaded), None)
    frames = [(each.file, each.line) for each in own_frames(missed.failure)]
    for file, call, _ in calls if loaded is not None else ():
        tree = facts.syntax(file)
        statement = statement_at(tree, call.lineno) if tree is not None else None
        at_top = tree is not None and statement in tree.body
        before = next((line for place, line in frames if place == file and line < call.lineno), None)
        if loaded is not None and statement is not None and at_top and before is not None:
            return Unread(loaded, "late", file, statement, (file, before))
    if calls or not facts.providers("dotenv"):
        return None
    above = [join(folder, ".env") for folder in ancestors(missed.file)]
    plain = next((each for each in held if each.file in above), None)
    tree = facts.syntax(missed.file)
    node = statement_at(tree, missed.line) if tree is not None else None
    return Unread(plain, "unasked", missed.file, node) if plain and node is not None else None


def looked_in(facts: Facts, owner: Owner | None = None) -> tuple[Location, ...]:
    """The settings files of the project, each once, and the one that a settings class names and that is not there."""
    files: dict[str, SettingValue] = {}
    for each in facts.settings():
        files.setdefault(each.file, each)
    found = [
        Location(each.file, 1, note="read at the start" if each.loaded else "not read at the start") for each in files.values()
    ]
    named = option_in_force(facts, owner.file, owner.node, "env_file") if owner is not None else None
    text = text_of(named[1]) if named is not None else None
    place = join(facts.project.target.directory, text) if facts.project.target and text and text[0] not in "/~" else ""
    if place and place not in files and facts.text(place) is None:
        found.append(Location(place, 1, note="read at the start, and not there"))
    return tuple(found)


def loaders(facts: Facts) -> Iterator[tuple[str, ast.Call, ast.expr | None]]:
    """The calls that read a settings file into the environment, with the path that they are given."""
    for file in facts.files_with(b"env"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call):
                continue
            word = _LOADERS.get(outside(facts, file, node.func), "")
            last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if word or last == "read_env":
                given = node.args[0] if node.args else keyword(node, word or "env_file") or keyword(node, "path")
                if word != "env_file" or given is not None:
                    yield file, node, given


def _elsewhere(facts: Facts, held: list[SettingValue], file: str, path: ast.expr, depth: int = 0) -> Unread | None:
    """The value whose file lies where the path leads from the folder of the file that names it, or one above."""
    if isinstance(path, ast.Tuple | ast.List):
        found = (_elsewhere(facts, held, file, each, depth) for each in path.elts)
        return next((each for each in found if each is not None), None)
    if isinstance(path, ast.Name | ast.Attribute) and depth < 4:
        made = meaning(facts, file, path)
        return _elsewhere(facts, held, made.file, made.node, depth + 1) if made and isinstance(made.node, ast.expr) else None
    if isinstance(path, ast.Call) and outside(facts, file, path.func) == "pathlib.Path" and len(path.args) == 1:
        path = path.args[0]
    text = text_of(path)
    if not text or text.startswith(("/", "~")):
        return None
    near = [join(folder, text) for folder in ancestors(file)]
    value = next((each for place in near for each in held if each.file == place and not each.loaded), None)
    return Unread(value, "elsewhere", file, path) if value is not None else None


def beside(file: str, place: str) -> str:
    """Code for the path of a file of the project, told from the file that the code stands in."""
    up, folder = 0, PurePosixPath(file).parent
    while not PurePosixPath(place).is_relative_to(folder):
        up, folder = up + 1, folder.parent
    start = "Path(__file__).resolve().parent" if up == 0 else f"Path(__file__).resolve().parents[{up}]"
    return f'{start} / "{PurePosixPath(place).relative_to(folder)}"'


def mend(facts: Facts, found: Unread) -> tuple[AnyEdit, ...]:
    """The edits that make the start read the file, none where they cannot be made."""
    text, node = facts.text(found.file) or b"", found.node
    with_path = add_import(found.file, text, "from pathlib import Path")
    if found.why == "elsewhere":
        return (replace_node(found.file, text, node, beside(found.file, found.value.file)), with_path)
    if found.why == "late":
        return _earlier(facts, found, text)
    if isinstance(node, ast.ClassDef):
        directory = facts.project.target.directory if facts.project.target else "."
        near = found.value.file == join(directory, ".env")
        edits = set_option(facts, found.file, node, "env_file", '".env"' if near else beside(found.file, found.value.file))
        return edits if near or not edits else (*edits, with_path)
    if isinstance(node, ast.stmt):
        imported = add_import(found.file, text, "from dotenv import load_dotenv")
        return (imported, insert_statement_before(found.file, text, node, "load_dotenv()\n"))
    return ()


def _earlier(facts: Facts, found: Unread, text: bytes) -> tuple[AnyEdit, ...]:
    """The call moved to before the statement that leads to the read, its import with it."""
    tree = facts.syntax(found.file)
    if tree is None or not isinstance(found.node, ast.Expr) or found.frame is None:
        return ()
    at = next((each for each in tree.body if each.lineno <= found.frame[1] <= (each.end_lineno or 0)), None)
    if at is None:
        return ()
    start, end = facts.span(found.file, found.node)
    code = text[start:end].decode()
    used = {each.id for each in ast.walk(found.node) if isinstance(each, ast.Name)}
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    bound = {(name.asname or name.name).partition(".")[0]: each for each in imports for name in each.names}
    needed = {each.lineno: each for name, each in bound.items() if name in used and each.lineno >= at.lineno}
    known = {*bound, *dir(builtins), "__file__"}
    if not used <= known:
        return ()  # it needs names that are bound on the way: a person moves it
    return (
        insert_statement_before(found.file, text, at, "\n".join([*map(ast.unparse, needed.values()), code])),
        edit(found.file, text, start, next_line(text, end), ""),
    )

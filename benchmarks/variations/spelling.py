"""Other spellings of one backend: each keeps its meaning, and says where a line of the original has gone."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random

Tree = dict[str, bytes]
Places = Callable[[str, int], tuple[str, int, int]]  # file and line before: file, first and last line after

NOT_PACKAGES = frozenset({"alembic", "migrations", "tests", "static", "templates", "scripts", "locale", "versions"})


@dataclass(frozen=True)
class Spelt:
    """A backend in another spelling. `changed` says whether anything was to be spelt otherwise."""

    tree: Tree
    places: Places
    changed: bool = True


def same(file: str, line: int) -> tuple[str, int, int]:
    """A place that stays where it is."""
    return file, line, line


def _each_python(tree: Tree, change: Callable[[str], str]) -> tuple[Tree, bool]:
    made = {path: change(text.decode()).encode() if _is_plain(path, text) else text for path, text in tree.items()}
    return made, made != tree


def _is_plain(path: str, text: bytes) -> bool:
    """Whether it is Python that can be spelt otherwise: it parses, has Unix line ends and no mark at its beginning."""
    if not path.endswith(".py") or b"\r" in text or text.startswith(b"\xef\xbb\xbf"):
        return False
    try:
        ast.parse(text.decode())
    except (SyntaxError, ValueError):
        return False
    return True


def windows_line_ends(tree: Tree, chance: Random) -> Spelt:
    """Every text file with CRLF."""
    text = {".py", ".txt", ".env", ".toml", ".ini", ".cfg", ".yml", ".yaml"}
    made = {
        path: content.replace(b"\n", b"\r\n")
        if (PurePosixPath(path).suffix in text or PurePosixPath(path).name.startswith(".env")) and b"\r" not in content
        else content
        for path, content in tree.items()
    }
    return Spelt(made, same, made != tree)


def byte_order_marks(tree: Tree, chance: Random) -> Spelt:
    """Python files with a byte order mark, as some editors on Windows write them."""
    made = {
        path: b"\xef\xbb\xbf" + text if _is_plain(path, text) and text and b"coding" not in text[:200] else text
        for path, text in tree.items()
    }
    return Spelt(made, same, made != tree)


def tabs(tree: Tree, chance: Random) -> Spelt:
    """Indentation by tabs."""

    def change(text: str) -> str:
        new = re.sub(r"^(?: {4})+", lambda found: "\t" * (len(found[0]) // 4), text, flags=re.MULTILINE)
        try:
            kept = ast.dump(ast.parse(new)) == ast.dump(ast.parse(text))
        except SyntaxError:
            return text
        return new if kept else text

    made, changed = _each_python(tree, change)
    return Spelt(made, same, changed)


def other_quotes(tree: Tree, chance: Random) -> Spelt:
    """Short strings in the other kind of quotes."""

    def change(text: str) -> str:
        lines = text.splitlines(keepends=True)
        for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
            word = token.string
            on_one_line = token.type == tokenize.STRING and token.start[0] == token.end[0]
            if not on_one_line or word[0] not in "'\"" or any(each in word[1:-1] for each in "'\"\\"):
                continue  # with a prefix, over several lines, or with something in it that would have to be escaped
            other = "'" if word[0] == '"' else '"'
            row = token.start[0] - 1
            line = lines[row]
            lines[row] = line[: token.start[1]] + other + word[1:-1] + other + line[token.end[1] :]
        return "".join(lines)

    made, changed = _each_python(tree, change)
    return Spelt(made, same, changed)


def comments_on_top(tree: Tree, chance: Random) -> Spelt:
    """A licence above every module, a remark above settings and requirements."""
    shifts: dict[str, int] = {}
    made = dict(tree)
    for path, text in tree.items():
        name = PurePosixPath(path).name
        if _is_plain(path, text) and text and not text.startswith(b"#"):
            made[path] = b"# Copyright the authors.\n# See LICENSE.\n" + text
            shifts[path] = 2
        elif name.startswith((".env", "requirements")) and text and not text.startswith((b"\xef\xbb\xbf", b"\xff")):
            made[path] = b"# kept by hand\n" + text
            shifts[path] = 1

    def places(file: str, line: int) -> tuple[str, int, int]:
        return file, line + shifts.get(file, 0), line + shifts.get(file, 0)

    return Spelt(made, places, bool(shifts))


def imports_over_several_lines(tree: Tree, chance: Random) -> Spelt:
    """`from module import (…)` with a name a line."""
    grown: dict[str, list[tuple[int, int]]] = {}  # statements by their line, and how many lines they grew
    made = dict(tree)
    for path, text in tree.items():
        if not _is_plain(path, text):
            continue
        lines = text.decode().splitlines(keepends=True)
        for node in ast.parse(text.decode()).body:
            if not isinstance(node, ast.ImportFrom) or node.module == "__future__" or node.names[0].name == "*":
                continue
            here = lines[node.lineno - 1]
            if node.lineno != node.end_lineno or "(" in here or "#" in here or ";" in here or "\\" in here:
                continue
            head, _, names = here.rstrip("\n").partition(" import ")
            each = [f"    {name.strip()},\n" for name in names.split(",")]
            lines[node.lineno - 1] = f"{head} import (\n" + "".join(each) + ")\n"
            grown.setdefault(path, []).append((node.lineno, len(each) + 1))
        made[path] = "".join(lines).encode()

    def places(file: str, line: int) -> tuple[str, int, int]:
        before = sum(lines for at, lines in grown.get(file, ()) if at < line)
        own = sum(lines for at, lines in grown.get(file, ()) if at == line)
        return file, line + before, line + before + own

    return Spelt(made, places, bool(grown))


def other_order(tree: Tree, chance: Random) -> Spelt:
    """Requirements and settings in another order."""
    moved: dict[str, dict[int, int]] = {}
    made = dict(tree)
    for path, text in tree.items():
        name = PurePosixPath(path).name
        if not (name.startswith("requirements") or name == ".env"):
            continue
        try:
            lines = text.decode().splitlines()
        except UnicodeDecodeError:
            continue
        if len(lines) < 2 or any(not line.strip() or line.startswith(("#", "-", " ")) for line in lines) or "$" in text.decode():
            continue
        keys = [line.partition("=")[0] for line in lines]
        if name == ".env" and (len(set(keys)) < len(keys) or any(line.count('"') % 2 for line in lines)):
            continue
        order = list(range(len(lines)))
        chance.shuffle(order)
        made[path] = ("\n".join(lines[number] for number in order) + "\n").encode()
        moved[path] = {old + 1: new + 1 for new, old in enumerate(order)}

    def places(file: str, line: int) -> tuple[str, int, int]:
        new = moved.get(file, {}).get(line, line)
        return file, new, new

    return Spelt(made, places, made != tree)


def names_by_alias(tree: Tree, chance: Random) -> Spelt:
    """`from module import name as name_`, and the other name where it is used."""

    def change(text: str) -> str:
        parsed = ast.parse(text)
        names = {
            alias.name
            for node in parsed.body
            if isinstance(node, ast.ImportFrom) and node.module != "__future__" and node.lineno == node.end_lineno
            for alias in node.names
            if alias.asname is None and alias.name != "*"
        }
        text_of_strings = " ".join(
            node.value for node in ast.walk(parsed) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        for name in sorted(names):
            others = [
                node for node in ast.walk(parsed)
                if (isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load))
                or (isinstance(node, ast.arg) and node.arg == name)
                or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name)
                or (isinstance(node, ast.Global | ast.Nonlocal) and name in node.names)
            ]  # fmt: skip
            imported = [
                alias for node in ast.walk(parsed) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
                if (alias.asname or alias.name) == name
            ]  # fmt: skip
            if others or len(imported) != 1 or re.search(rf"\b{name}\b", text_of_strings):
                names = names - {name}
        if not names:
            return text
        lines = text.splitlines(keepends=True)
        marks = [(node.lineno, node.col_offset, node.id, f"{node.id}_") for node in ast.walk(parsed)
                 if isinstance(node, ast.Name) and node.id in names]  # fmt: skip
        marks += [
            (alias.lineno, alias.col_offset, alias.name, f"{alias.name} as {alias.name}_")
            for node in parsed.body if isinstance(node, ast.ImportFrom) for alias in node.names
            if alias.name in names and alias.asname is None
        ]  # fmt: skip
        for row, column, old, new in sorted(marks, reverse=True):
            line = lines[row - 1].encode()
            if line[column : column + len(old)] != old.encode():
                return text
            lines[row - 1] = (line[:column] + new.encode() + line[column + len(old) :]).decode()
        changed = "".join(lines)
        try:
            ast.parse(changed)
        except SyntaxError:
            return text
        return changed

    made, changed = _each_python(tree, change)
    return Spelt(made, same, changed)


def another_package(tree: Tree, chance: Random) -> Spelt:
    """The application's package under another name."""
    return _moved_package(tree, lambda name: f"{name}_svc", rename=True)


def source_folder(tree: Tree, chance: Random) -> Spelt:
    """The application's package below `src/`."""
    return _moved_package(tree, lambda name: f"src/{name}", rename=False)


def no_init_files(tree: Tree, chance: Random) -> Spelt:
    """Packages without their empty `__init__.py`."""
    made = {path: text for path, text in tree.items() if not (path.endswith("/__init__.py") and not text.strip())}
    if any(path.endswith("pyproject.toml") for path in tree):
        return Spelt(tree, same, False)
    return Spelt(made, same, made != tree)


def _moved_package(tree: Tree, into: Callable[[str], str], *, rename: bool) -> Spelt:
    packages = {path.partition("/")[0] for path in tree if path.count("/") and path.endswith(".py")}
    name = next((each for each in sorted(packages) if f"{each}/main.py" in tree and each not in NOT_PACKAGES), "")
    plain = [path for path, text in tree.items() if path.endswith(".py") and not _is_plain(path, text)]
    if not name or name == "src" or plain:
        return Spelt(tree, same, False)
    told = re.compile(rf"\b{name}(?=[.:/])".encode())
    elsewhere = {path: text for path, text in tree.items() if not path.endswith(".py") and told.search(text)}
    outside = [text for path, text in tree.items() if path.endswith(".py") and not path.startswith(f"{name}/")]
    beside = any(re.search(rf"\b{name}\b".encode(), text) for text in outside)
    placed = any(b"__file__" in text for path, text in tree.items() if path.startswith(f"{name}/"))
    if not rename and (elsewhere or beside or placed):
        return Spelt(tree, same, False)  # what starts it names the package, or it counts folders: it would mean something else
    new = into(name)
    made: Tree = {}
    for path, text in tree.items():
        to = f"{new}/{path.partition('/')[2]}" if path.startswith(f"{name}/") else path
        if rename and path.endswith(".py"):
            changed = _imports_renamed(text.decode(), name, new)
            if changed is None:
                return Spelt(tree, same, False)
            text = changed.encode()
        elif rename and path in elsewhere:
            text = told.sub(new.encode(), text)
        made[to] = text

    def places(file: str, line: int) -> tuple[str, int, int]:
        return (f"{new}/{file.partition('/')[2]}" if file.startswith(f"{name}/") else file), line, line

    return Spelt(made, places)


def _imports_renamed(text: str, name: str, new: str) -> str | None:
    parsed = ast.parse(text)
    lines = text.splitlines(keepends=True)
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == name for alias in node.names):
            return None  # its uses would have to change with it
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == name:
            row = node.lineno - 1
            lines[row] = re.sub(rf"\bfrom {name}\b", f"from {new}", lines[row], count=1)
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.lineno != node.end_lineno:
            continue
        if node.value != name and re.fullmatch(rf"{name}(?:\.\w+)*(?::\w+)?", node.value):
            row = node.lineno - 1
            lines[row] = lines[row].replace(node.value, new + node.value[len(name) :], 1)
    return "".join(lines)


SPELLINGS: Mapping[str, Callable[[Tree, Random], Spelt]] = {
    each.__name__: each
    for each in (
        another_package, source_folder, no_init_files, names_by_alias, other_quotes, imports_over_several_lines,
        comments_on_top, other_order, tabs, byte_order_marks, windows_line_ends,
    )
}  # fmt: skip

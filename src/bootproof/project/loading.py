"""Which settings files the project reads itself at start, found where its code says so."""

import ast
from collections.abc import Iterable, Iterator

from bootproof.model.project import Target
from bootproof.project.layout import ancestors, join
from bootproof.project.names import Definition, Names, dotted_name, keyword
from bootproof.project.sources import Sources

_READS = (b"dotenv", b"env_file", b"decouple", b"read_env", b"starlette.config")
_DEPTH = 8


def loaded_files(sources: Sources, names: Names, files: Iterable[str], target: Target | None) -> list[str]:
    """The settings files that own code among `files` reads, the one that wins first; paths that exist only.

    Relative paths count from the working directory; a bare `load_dotenv()`, decouple and environs search
    upward from the folder of the file that calls them (python-dotenv's `find_dotenv`, decouple's
    `AutoConfig`).
    """
    found: list[str] = []
    for file in sources.holding(_READS, sorted(files)):
        tree = sources.syntax(file)
        for node in ast.walk(tree) if tree else ():
            found.extend(_read_by(sources, names, file, node, target))
    return [file for file in dict.fromkeys(found) if sources.exists(file)]


def _read_by(
    sources: Sources, names: Names, file: str, node: ast.AST, target: Target | None
) -> Iterator[str]:
    reader = _Paths(sources, names, file, target)
    if isinstance(node, ast.Call):
        last = dotted_name(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
        given = node.args[0] if node.args else None
        if last in ("load_dotenv", "dotenv_values"):
            given = given or keyword(node, "dotenv_path")
            yield from reader.files(given) if given is not None else reader.upward(".env")
        elif last == "read_env":
            given = given or keyword(node, "path") or keyword(node, "env_file")
            yield from reader.files(given) if given is not None else reader.upward(".env")
        elif last == "Config" and _is(names, file, node.func, "starlette"):
            given = given or keyword(node, "env_file")
            yield from reader.files(given) if given is not None else ()
        elif last in ("RepositoryEnv", "DotEnvSettingsSource"):
            yield from reader.files(given or keyword(node, "env_file"))
        else:
            given = (
                keyword(node, "env_file") if last in ("SettingsConfigDict", "ConfigDict", "dict") else None
            )
            given = keyword(node, "_env_file") or given
            # Of several files the last one wins.
            yield from reversed(list(reader.files(given)))
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "env_file":
                yield from reversed(list(reader.files(value)))
    elif isinstance(node, ast.ClassDef):
        # `class Config: env_file = …` (pydantic 1) and `class S(BaseSettings, env_file=…)`.
        for each in node.body if node.name == "Config" else ():
            if isinstance(each, ast.Assign) and dotted_name(each.targets[0]) == "env_file":
                yield from reversed(list(reader.files(each.value)))
        given = next((each.value for each in node.keywords if each.arg == "env_file"), None)
        yield from reversed(list(reader.files(given)))
    elif (
        isinstance(node, ast.ImportFrom)
        and node.module == "decouple"
        and any(alias.name in ("config", "AutoConfig") for alias in node.names)
    ):
        yield from reader.upward("settings.ini", ".env")


def _is(names: Names, file: str, node: ast.AST, distribution: str) -> bool:
    found = names.meaning(file, node)
    return getattr(found, "dotted", "").partition(".")[0] == distribution


class _Paths:
    """Works out paths that code builds, as far as literals, `__file__` and `Path` go."""

    def __init__(self, sources: Sources, names: Names, file: str, target: Target | None) -> None:
        self.sources, self.names, self.file = sources, names, file
        self.directory = target.directory if target else "."

    def upward(self, *wanted: str) -> Iterator[str]:
        """The first of these names in the file's folder or one above it."""
        for folder in ancestors(self.file):
            for name in wanted:
                if self.sources.exists(join(folder, name)):
                    yield join(folder, name)
                    return

    def files(self, node: ast.AST | None) -> Iterator[str]:
        """The files that an expression names; relative ones from the working directory."""
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return
        if isinstance(node, ast.Name | ast.Attribute):
            found = self.names.meaning(self.file, node)
            if isinstance(found, Definition) and isinstance(found.nodes[-1], ast.List | ast.Tuple):
                node = found.nodes[-1]
        if isinstance(node, ast.Tuple | ast.List):
            for each in node.elts:
                yield from self.files(each)
            return
        if isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] == "find_dotenv":
            name = node.args[0] if node.args else keyword(node, "filename")
            text = self.path(name) if name else ".env"
            use_cwd = keyword(node, "usecwd")
            if isinstance(use_cwd, ast.Constant) and use_cwd.value is True:
                yield join(self.directory, text or ".env")
            else:
                yield from self.upward(text or ".env")
            return
        path = self.path(node)
        if path is not None:
            place = path[1:] if path.startswith("/") else join(self.directory, path)
            yield place.lstrip("/") or "."
            return
        # Built from what only a run knows: the nearest file of the name that it ends with is meant.
        names = [
            each.value
            for each in ast.walk(node)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if any(name.startswith("~") for name in names):
            return  # in somebody's home, not in the project
        last = next((name.rpartition("/")[2] for name in reversed(names) if ".env" in name), "")
        if last:
            yield from self.upward(last)

    def path(self, node: ast.AST, file: str | None = None, depth: int = 0) -> str | None:
        """A path as text: with a leading "/" where it is known from the root,
        else relative to the directory.
        """
        here = file or self.file
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) and not node.value.startswith("/") else None
        if isinstance(node, ast.Name | ast.Attribute) and dotted_name(node) == "__file__":
            return "/" + here
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._above(self.path(node.value, here, depth + 1))
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "parents"
        ):
            path, index = self.path(node.value.value, here, depth + 1), getattr(node.slice, "value", None)
            for _ in range(index + 1 if isinstance(index, int) else 0):
                path = self._above(path)
            return path if isinstance(index, int) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined(
                [self.path(node.left, here, depth + 1), self.path(node.right, here, depth + 1)]
            )
        if isinstance(node, ast.Call):
            return self._called(node, here, depth)
        if isinstance(node, ast.Name | ast.Attribute):
            found = self.names.meaning(here, node)
            if isinstance(found, Definition) and isinstance(found.nodes[-1], ast.expr):
                return self.path(found.nodes[-1], found.file, depth + 1)
        return None

    def _called(self, node: ast.Call, here: str, depth: int) -> str | None:
        last = dotted_name(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
        parts = [self.path(each, here, depth + 1) for each in node.args]
        if last in ("resolve", "absolute", "expanduser", "as_posix") and isinstance(node.func, ast.Attribute):
            return self.path(node.func.value, here, depth + 1)
        if last in ("Path", "PurePath", "str", "abspath", "realpath", "normpath", "fspath", "join"):
            return self._joined(parts)
        if last in ("cwd", "getcwd"):
            return "."
        if last == "dirname" and parts:
            return self._above(parts[0])
        if last == "joinpath" and isinstance(node.func, ast.Attribute):
            return self._joined([self.path(node.func.value, here, depth + 1), *parts])
        if last in ("getenv", "get") and len(node.args) == 2:
            return parts[1]
        return None

    def _above(self, path: str | None) -> str | None:
        if path is None:
            return None
        if path.strip("/") == "":
            return None  # above the root
        return ("/" if path.startswith("/") else "") + (
            path.strip("/").rpartition("/")[0] if "/" in path.strip("/") else ""
        )

    def _joined(self, parts: list[str | None]) -> str | None:
        known = [part for part in parts if part is not None]
        if len(known) != len(parts) or not known:
            return None
        path = known[0] if known[0] == "/" or not known[0].endswith("/") else known[0].rstrip("/")
        for part in known[1:]:
            path = part if part.startswith("/") else (path.rstrip("/") + "/" + part if path else part)
        if path.startswith("/"):
            clean = join(path.lstrip("/") or ".")
            return None if clean.startswith("..") else "/" + ("" if clean == "." else clean)
        return join(path or ".")

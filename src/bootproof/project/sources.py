"""The project's own files: bytes first, parsed only where a question needs it."""

import ast
import codecs
import io
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from bootproof.model.project import Target, Unreadable
from bootproof.project import imports
from bootproof.project.imports import Import
from bootproof.project.walk import own_files

LARGEST = 8_000_000  # bytes; longer files are data, not something a person wrote
_PROSE = frozenset(
    {
        ".md", ".rst", ".txt", ".adoc", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", ".env",
        ".conf", ".sh",
        ".in", ".properties",
    }
)  # fmt: skip
_PROSE_NAMES = re.compile(
    r"(?:README|CHANGELOG|Dockerfile|Containerfile|Procfile|Makefile|justfile|Pipfile|\.env)(?:\..+)?$", re.I
)
_LOCKS = re.compile(r"(?:\.lock|-lock\.json|-lock\.yaml|\.min\.json)$")


class Sources:
    """Reads one project, each file at most once. `path` are the folders that go first on `sys.path`.

    The state that it guards is the cache. It never follows a path out of `root` and never writes.
    """

    def __init__(
        self, root: Path, path: Sequence[str] = (".",), overrides: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        """`overrides` are contents that files are taken to have in place of their own."""
        self.root = root
        self.path: tuple[str, ...] = tuple(path)
        self._bytes: dict[str, bytes | None] = dict(overrides)
        self._syntax: dict[str, ast.Module | None] = {}
        self._imports: dict[str, tuple[Import, ...]] = {}
        self._lines: dict[str, tuple[str, list[bytes], list[int], int]] = {}
        self._edges: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self._chains: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self._unreadable: dict[str, Unreadable] = {}

    @cached_property
    def _files(self) -> tuple[str, ...]:
        return tuple(own_files(self.root))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._files)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds an own file, "." for the root."""
        found = {"."}
        for file in self._files:
            folder = file.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _python(self) -> tuple[str, ...]:
        return tuple(file for file in self._files if file.endswith(".py"))

    def files(self) -> tuple[str, ...]:
        """Every own file, relative to the root, sorted."""
        return self._files

    def python_files(self) -> tuple[str, ...]:
        """Every own Python file, relative to the root, sorted."""
        return self._python

    def exists(self, file: str) -> bool:
        """Whether it is a file of the project's own."""
        return file in self._known

    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read or parsed so far, by file."""
        return tuple(self._unreadable[file] for file in sorted(self._unreadable))

    def refuse(self, file: str, reason: str, line: int | None = None) -> None:
        """Remember that a file could not be understood; the first reason stays."""
        self._unreadable.setdefault(file, Unreadable(file, reason, line))

    def text(self, file: str) -> bytes | None:
        """The bytes of a file of the project, None where there is none or it cannot be read."""
        if file not in self._bytes:
            self._bytes[file] = self._read(file)
        return self._bytes[file]

    def _read(self, file: str) -> bytes | None:
        where = self.root / file
        try:
            # What the walk found lies inside; any other path must be asked about.
            inside = file in self._known or where.resolve().is_relative_to(self.root.resolve())
            if not inside or not where.is_file():
                return None
            if where.stat().st_size > LARGEST:
                self.refuse(file, f"larger than {LARGEST // 1_000_000} MB")
                return None
            return where.read_bytes()
        except (OSError, ValueError) as error:
            self.refuse(file, f"cannot be read: {getattr(error, 'strerror', None) or error}")
            return None

    def decoded(self, file: str) -> str | None:
        """A text file as characters (a byte order mark decides, else UTF-8;
        other bytes kept as surrogates).
        """
        data = self.text(file)
        if data is None:
            return None
        for mark, encoding in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (b"\xff\xfe", "utf-16"),
            (b"\xfe\xff", "utf-16"),
        ):
            if data.startswith(mark):
                return data.decode(encoding, "replace")
        return data.decode("utf-8", "surrogateescape")

    def syntax(self, file: str) -> ast.Module | None:
        """The parsed file, None where it does not parse with bootproof's own interpreter. Parsed once."""
        if file not in self._syntax:
            self._syntax[file] = self._parse(file)
        return self._syntax[file]

    def _parse(self, file: str) -> ast.Module | None:
        data = self.text(file)
        if data is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(data)
        except SyntaxError as error:
            self.refuse(file, f"does not parse: {error.msg}", error.lineno)
        except ValueError as error:
            self.refuse(file, f"does not parse: {error}", None)
        except (RecursionError, MemoryError):
            self.refuse(file, "does not parse: nested too deeply", None)
        return None

    def files_with(self, *needles: bytes) -> tuple[str, ...]:
        """The Python files whose bytes hold every needle."""
        return tuple(
            file
            for file in self._python
            if (data := self.text(file)) is not None and all(needle in data for needle in needles)
        )

    def holding(self, needles: Iterable[bytes], files: Iterable[str] | None = None) -> tuple[str, ...]:
        """The Python files (of all, or of those given) whose bytes hold any of the needles.

        Plain searches: on a large tree a regular expression without a literal start costs as much as parsing.
        """
        wanted = tuple(needles)
        return tuple(
            file
            for file in (self._python if files is None else files)
            if (data := self.text(file)) is not None and any(needle in data for needle in wanted)
        )

    # positions

    def span(self, file: str, node: ast.AST) -> tuple[int, int]:
        """The byte offsets of a node in the file; the whole file for a node without a place (a module).

        `ast` counts columns in UTF-8 bytes of the decoded line, without a byte order mark; lines end as
        Python's
        tokenizer ends them (`\\n`, `\\r\\n`, `\\r`).
        """
        data = self.text(file) or b""
        line, end_line = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if line is None or end_line is None:
            return 0, len(data)
        return (
            self._offset(file, data, line, getattr(node, "col_offset", 0)),
            self._offset(file, data, end_line, getattr(node, "end_col_offset", 0)),
        )

    def _offset(self, file: str, data: bytes, line: int, column: int) -> int:
        if file not in self._lines:
            try:
                encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
            except (SyntaxError, LookupError):
                encoding = "utf-8"
            mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
            lines, starts, at = data[mark:].splitlines(keepends=True), [], mark
            for each in lines:
                starts.append(at)
                at += len(each)
            self._lines[file] = ("utf-8" if encoding == "utf-8-sig" else encoding, lines, starts, at)
        encoding, lines, starts, end = self._lines[file]
        if line > len(lines):
            return end
        if encoding != "utf-8":
            whole = lines[line - 1].decode(encoding).encode()
            column = len(whole[:column].decode("utf-8", "ignore").encode(encoding))
        return starts[line - 1] + column

    # modules

    def module_of(self, file: str, path: Sequence[str] | None = None) -> str:
        """The dotted name under which the target imports this file;
        from the root where no folder holds it.
        """
        inside = [
            folder
            for folder in (self.path if path is None else path)
            if folder == "." or file.startswith(folder + "/")
        ]
        folder = max(inside, key=lambda each: 0 if each == "." else len(each), default=".")
        parts = list(PurePosixPath(file if folder == "." else file[len(folder) + 1 :]).with_suffix("").parts)
        if len(parts) > 1 and parts[-1] == "__init__":
            parts.pop()
        return ".".join(parts)

    def file_of(self, module: str, path: Sequence[str] | None = None) -> str | None:
        """The project's own file behind a dotted name,
        None where it is not own (or a folder without a file).
        """
        if not module:
            return None
        tail = module.replace(".", "/")
        for folder in self.path if path is None else path:
            base = tail if folder == "." else f"{folder}/{tail}"
            for file in (f"{base}/__init__.py", f"{base}.py"):
                if file in self._known:
                    return file
        return None

    def is_own(self, module: str, path: Sequence[str] | None = None) -> bool:
        """Whether a dotted name is a file of the project, or a folder of it that holds Python."""
        if self.file_of(module, path):
            return True
        tail = module.replace(".", "/")
        return any(
            (tail if folder == "." else f"{folder}/{tail}") in self._packages
            for folder in (self.path if path is None else path)
        )

    @cached_property
    def _packages(self) -> frozenset[str]:
        found: set[str] = set()
        for file in self._python:
            folder = file.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def imports(self, file: str) -> tuple[Import, ...]:
        """The import statements of a file, lazy ones included, those for type checkers left out."""
        if file not in self._imports:
            data = self.text(file)
            found = imports.scan(data) if data else ()
            if found is None:
                tree = self.syntax(file)
                found = imports.from_syntax(tree) if tree else ()
            self._imports[file] = found
        return self._imports[file]

    def absolute(self, file: str, each: Import, path: Sequence[str] | None = None) -> str | None:
        """The absolute name of the module that an import names; None where it climbs too far."""
        if not each.level:
            return each.module
        parts = self.module_of(file, path).split(".")
        drop = each.level - (1 if file.endswith("/__init__.py") else 0)
        if drop >= len(parts) + (1 if file.endswith("/__init__.py") else 0) or (drop and drop >= len(parts)):
            return None
        base = parts[: len(parts) - drop] if drop else parts
        return ".".join((*base, each.module) if each.module else base)

    def imported_files(self, file: str, path: Sequence[str] | None = None) -> tuple[str, ...]:
        """The own files that one file's import statements load, packages' `__init__.py` included."""
        folders = self.path if path is None else tuple(path)
        if (file, folders) not in self._edges:
            self._edges[file, folders] = tuple(dict.fromkeys(self._imported_files(file, folders)))
        return self._edges[file, folders]

    def _imported_files(self, file: str, path: tuple[str, ...]) -> Iterator[str]:
        for each in self.imports(file):
            module = self.absolute(file, each, path)
            if module is None:
                continue
            names = [module] if module else []
            names += [f"{module}.{name}" for name in each.names or () if name != "*"]
            for name in names:
                yield from self._loaded(name, path)

    def _loaded(self, module: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """The own files that importing a module runs: those of its packages, then its own."""
        if (module, path) not in self._chains:
            above = module.rpartition(".")[0]
            before = self._loaded(above, path) if above else ()
            found = self.file_of(module, path)
            self._chains[module, path] = (*before, found) if found else before
        return self._chains[module, path]

    def closure(self, files: Iterable[str], path: Sequence[str] | None = None) -> frozenset[str]:
        """The files, and all own files that importing them reaches."""
        seen: set[str] = set()
        waiting = [file for file in files if file in self._known]
        while waiting:
            file = waiting.pop()
            if file not in seen:
                seen.add(file)
                waiting.extend(self.imported_files(file, path))
        return frozenset(seen)

    def reachable(self, target: Target) -> frozenset[str]:
        """The own files that importing the target reaches through import statements, lazy ones included."""
        parents = self._loaded(target.module, target.path)
        return self.closure([target.file, *parents], target.path)

    # prose

    def mentions(self, word: str) -> tuple[tuple[str, int], ...]:
        """Where a word stands in text files of the project that are not code (README, config): file, line."""
        pattern = re.compile(rb"(?<![\w-])" + re.escape(word.encode()) + rb"(?![\w-])")
        found: list[tuple[str, int]] = []
        for file in self._files:
            name = file.rpartition("/")[2]
            prose = PurePosixPath(name).suffix.lower() in _PROSE or _PROSE_NAMES.match(name)
            if not prose or _LOCKS.search(name):
                continue
            data = self.text(file)
            if data is None or len(data) > 1_000_000 or word.encode() not in data:
                continue
            for number, line in enumerate(data.splitlines(), 1):
                if pattern.search(line):
                    found.append((file, number))
        return tuple(found)

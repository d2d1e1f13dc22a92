"""Puts classes of the catalogue together into one backend: each becomes a feature of it, with routes under a prefix."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.classes.catalogue import DEFAULT, Class, filled, requirements

SETTINGS = (".env",)  # read from the working directory: one class at a time can have it
TABLE = re.compile(r"""__tablename__\s*=\s*['"](\w+)['"]|\bTable\(\s*['"](\w+)['"]""")
URL = re.compile(r"\b((?:postgresql|postgres|mysql|sqlite)(?:\+(\w+))?)://")
DRIVERS = {"postgresql": "psycopg", "postgres": "psycopg", "sqlite": "fastapi"}  # where the scheme names none
# Import names of distributions whose names differ; what a class imports must be declared by the one that declares.
MODULES = {"python-dotenv": "dotenv", "pyjwt": "jwt", "python-multipart": "multipart", "pydantic-settings": "pydantic_settings"}


def combinable(each: Class) -> bool:
    """Whether a class can be a feature of a larger backend at all: an application object, files that can move."""
    snippet = each.snippet
    broken = snippet.get("broken")
    if each.untried or not broken or snippet.get("cmd") or snippet.get("env") or snippet.get("setup_sql"):
        return False
    if "main.py" not in broken or any(isinstance(text, dict) for text in broken.values()):
        return False
    if any("/" in path or not (path.endswith(".py") or path in SETTINGS) for path in broken):
        return False
    return bool(re.search(r"^app\s*=\s*FastAPI\(", broken["main.py"], re.MULTILINE)) and "uvicorn.run" not in broken["main.py"]


def package(each: Class) -> str:
    """The folder of a class's feature; the same in every backend, so that findings can be compared."""
    return each.id.replace("-", "_")


def fit(chosen: Sequence[Class], new: Class) -> bool:
    """Whether a class can join these: nobody else's tables, settings file or missing distributions in the way."""
    together = [*chosen, new]
    named = [tables(each) for each in together]
    if sum(map(len, named)) != len(set().union(*named)):
        return False
    if sum(any(path in SETTINGS for path in each.snippet["broken"]) for each in together) > 1:
        return False
    declaring = [each for each in together if each.snippet.get("requirements")]
    if len(declaring) > 1:
        return False
    if declaring:
        declared = requirements(declaring[0], mended=True)
        there = {_module(text) for text in declared} | {"greenlet" for text in declared if "[asyncio]" in text}
        others = [each for each in together if each is not declaring[0]]
        return all(top in there for each in others for top in _imports(each))
    return True


def files(chosen: Sequence[Class]) -> dict[str, str]:
    """The backend with these classes as features, by path."""
    made = {"features/__init__.py": ""}
    lines = ["from fastapi import FastAPI", ""]
    for each in chosen:
        name = package(each)
        made[f"features/{name}/__init__.py"] = ""
        broken: Mapping[str, str] = each.snippet["broken"]
        own = {path.removesuffix(".py") for path in broken if path.endswith(".py")}
        for path, text in broken.items():
            if path in SETTINGS:
                made[path] = filled(text)
            else:
                made[f"features/{name}/{path}"] = filled(_moved(text, own, f"features.{name}"))
        lines.append(f"from features.{name} import main as {name}")
    lines += ["", "app = FastAPI()"]
    lines += [f'app.include_router({package(each)}.app.router, prefix="/{package(each)}")' for each in chosen]
    lines += ["", "", '@app.get("/health")', "def health() -> dict[str, str]:", '    return {"status": "up"}', ""]
    made["main.py"] = "\n".join(lines)
    declaring = next((each for each in chosen if each.snippet.get("requirements")), None)
    wanted = requirements(declaring) if declaring else list(DEFAULT)
    made["requirements.txt"] = "\n".join(wanted) + "\n"
    return made


def lay_out(chosen: Sequence[Class], root: Path) -> None:
    """Writes the backend at `root`."""
    for path, text in files(chosen).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def tables(each: Class) -> set[str]:
    """The tables that a class names."""
    text = "\n".join(text for path, text in each.snippet["broken"].items() if path.endswith(".py"))
    return {one or other for one, other in TABLE.findall(text)} | ({"sqlmodel"} if "table=True" in text else set())


def _moved(text: str, own: set[str], into: str) -> str:
    """A module's text with imports of its neighbours as they are inside the package `into`."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module in own:
            lines[node.lineno - 1] = lines[node.lineno - 1].replace(f"from {node.module} ", f"from {into}.{node.module} ", 1)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in own and not alias.asname:
                    here = lines[node.lineno - 1]
                    lines[node.lineno - 1] = here.replace(
                        f"import {alias.name}", f"import {into}.{alias.name} as {alias.name}", 1
                    )
    return "".join(lines)


def _imports(each: Class) -> Iterator[str]:
    """Top-level import names of distributions that a class needs, the drivers that its URLs name included."""
    for path, text in each.snippet["broken"].items():
        drivers = {**DRIVERS, "sqlite": "aiosqlite"} if "create_async_engine" in text else DRIVERS
        yield from (drivers.get(scheme, driver or scheme) for scheme, driver in URL.findall(text))
        if not path.endswith(".py"):
            continue
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for name in names:
                if name.startswith("sqlalchemy.ext.asyncio") or "async_sessionmaker" in text:
                    yield "greenlet"  # which the asyncio extra brings
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and f"{top}.py" not in each.snippet["broken"]:
                    yield "fastapi" if top in ("starlette", "pydantic") else top


def _module(requirement: str) -> str:
    name = re.split(r"[\s\[<>=!~;@]", requirement, maxsplit=1)[0].lower()
    return MODULES.get(name, name.replace("-", "_"))

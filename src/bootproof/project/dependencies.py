"""What the project declares to depend on, in every form that Python projects use, with exact lines."""

import ast
import configparser
import re
from collections.abc import Iterator

from bootproof.model.project import DependencyFile, Requirement
from bootproof.project.names import dotted_name, keyword, text_of
from bootproof.project.platforms import read_toml, table
from bootproof.project.requirements import parse, read_requirements
from bootproof.project.sources import Sources
from bootproof.project.toml_lines import Lines, toml_lines

_REQUIREMENTS = re.compile(
    r"(?:^|/)(?:[\w.\-]*requirements?[\w.\-]*|constraints[\w.\-]*)\.(?:txt|in|pip|lock)$", re.I
)
_REQUIREMENTS_FOLDER = re.compile(r"(?:^|/)requirements/[\w.\-]+\.(?:txt|in|pip)$")


def read_dependencies(sources: Sources) -> tuple[DependencyFile, ...]:
    """Every file of the project that declares dependencies, by path; none of them `chosen` yet."""
    found: list[DependencyFile] = []
    included: set[str] = set()
    for file in sources.files():
        name = file.rpartition("/")[2]
        if _REQUIREMENTS.search(file) or _REQUIREMENTS_FOLDER.search(file):
            found.append(_requirements(sources, file))
            included.update(found[-1].included)
        elif name == "pyproject.toml":
            found.extend(_pyproject(sources, file))
        elif name == "Pipfile":
            found.append(_pipfile(sources, file))
        elif name in ("uv.lock", "poetry.lock", "pdm.lock"):
            found.append(_lock(sources, file, name.replace(".", "-")))
        elif name == "setup.cfg":
            found.extend(_setup_cfg(sources, file))
        elif name == "setup.py":
            found.extend(_setup_py(sources, file))
    # A file that is pulled in counts even where its name says nothing.
    waiting = sorted(included - {each.path for each in found})
    while waiting:
        file = waiting.pop()
        if sources.exists(file) and all(each.path != file for each in found):
            found.append(_requirements(sources, file))
            waiting.extend(found[-1].included)
    return tuple(sorted(found, key=lambda each: each.path))


def requires_python(sources: Sources, folders: list[str]) -> str | None:
    """What the nearest `pyproject.toml`, `setup.cfg`, `setup.py`,
    Pipfile or `.python-version` asks of Python.
    """
    for folder in folders:
        base = "" if folder == "." else folder + "/"
        data = read_toml(sources, base + "pyproject.toml") if sources.exists(base + "pyproject.toml") else {}
        asked = table(data, "project").get("requires-python")
        if isinstance(asked, str):
            return asked
        poetry = table(table(table(data, "tool"), "poetry"), "dependencies").get("python")
        if isinstance(poetry, str):
            return _caret(poetry)
        match = re.search(
            rb"python_requires\s*=\s*['\"]?([^'\"\r\n]+)", sources.text(base + "setup.cfg") or b""
        )
        match = match or re.search(
            rb"python_requires\s*=\s*['\"]([^'\"]+)", sources.text(base + "setup.py") or b""
        )
        if match:
            return match[1].decode("utf-8", "replace").strip()
        pipfile = read_toml(sources, base + "Pipfile") if sources.exists(base + "Pipfile") else {}
        version = table(pipfile, "requires").get("python_version")
        if isinstance(version, str):
            return f"=={version}.*"
        pinned = (sources.decoded(base + ".python-version") or "").split()
        if pinned and re.fullmatch(r"\d+\.\d+(?:\.\d+)?", pinned[0]):
            return f"=={pinned[0]}" if pinned[0].count(".") == 2 else f"=={pinned[0]}.*"
    return None


def _requirements(sources: Sources, file: str) -> DependencyFile:
    listed = read_requirements(sources, file)
    return DependencyFile(
        file, "requirements", tuple(listed.requirements), included=(*listed.includes, *listed.constraints)
    )


def _pyproject(sources: Sources, file: str) -> Iterator[DependencyFile]:
    data = read_toml(sources, file)
    lines = toml_lines(sources.decoded(file) or "")
    project, tool = table(data, "project"), table(data, "tool")
    found: list[Requirement] = []
    arrays: list[tuple[tuple[str, ...], str]] = [(("project", "dependencies"), "")]
    arrays += [
        (("project", "optional-dependencies", name), name) for name in table(project, "optional-dependencies")
    ]
    arrays += [(("dependency-groups", name), name) for name in table(data, "dependency-groups")]
    pdm = table(table(tool, "pdm"), "dev-dependencies")
    arrays += [(("tool", "pdm", "dev-dependencies", name), name) for name in pdm]
    arrays.append((("tool", "uv", "dev-dependencies"), "dev"))
    for path, group in arrays:
        for text, line in lines.items.get(path, ()):
            found.extend(_parsed(sources, text, file, line, group))
    if "poetry" in tool:
        poetry = table(tool, "poetry")
        found.extend(_poetry(poetry, ("tool", "poetry", "dependencies"), lines, file, ""))
        found.extend(_poetry(poetry, ("tool", "poetry", "dev-dependencies"), lines, file, "dev"))
        for name in table(poetry, "group"):
            part = table(table(poetry, "group"), name)
            found.extend(_poetry(part, ("tool", "poetry", "group", name, "dependencies"), lines, file, name))
    if "dependencies" in project or found:
        form = "poetry" if "poetry" in tool and "dependencies" not in project else "pyproject"
        if form == "pyproject" and "pdm" in tool:
            form = "pdm"
        found.sort(key=lambda each: each.line)
        yield DependencyFile(file, form, tuple(found))


def _parsed(sources: Sources, text: str, file: str, line: int, group: str) -> Iterator[Requirement]:
    requirement = parse(text, file, line, group)
    if requirement:
        yield requirement
    else:
        sources.refuse(file, f"not a requirement: `{text[:80]}`", line)


def _poetry(
    holder: dict[str, object], path: tuple[str, ...], lines: Lines, file: str, group: str
) -> Iterator[Requirement]:
    for name, asked in table(holder, path[-1]).items():
        if name.lower() == "python":
            continue
        line = lines.keys.get((*path, name)) or next(
            (number for key, number in lines.keys.items() if key[: len(path) + 1] == (*path, name)), 1
        )
        first = asked[0] if isinstance(asked, list) and asked else asked
        details = first if isinstance(first, dict) else {}
        version = first if isinstance(first, str) else str(details.get("version", ""))
        extras = details.get("extras")
        yield _named(name, version, extras, str(details.get("markers", "")), file, line, group)


def _named(
    name: str, version: str, extras: object, marker: str, file: str, line: int, group: str
) -> Requirement:
    names = sorted(str(each) for each in extras) if isinstance(extras, list) else []
    specifier = _caret(version)
    text = name + (f"[{','.join(names)}]" if names else "") + specifier + (f"; {marker}" if marker else "")
    found = parse(text, file, line, group)
    if found is None:  # a form that PEP 508 does not know: the name is still declared
        bare = parse(name, file, line, group)
        return bare or Requirement(name.lower(), name, file, line, group=group)
    return found


def _caret(version: str) -> str:
    """Poetry's version range as PEP 440 says it: `^1.2.3` is `>=1.2.3,<2`, `~1.2` is `>=1.2,<1.3`."""
    parts = []
    for part in (each.strip() for each in version.split(",")):
        match = re.fullmatch(r"([\^~])\s*(\d+(?:\.\d+)*)(\S*)", part)
        if match:
            numbers = [int(each) for each in match[2].split(".")]
            if match[1] == "^":
                at = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
            else:
                at = min(1, len(numbers) - 1)
            upper = [*numbers[:at], numbers[at] + 1]
            parts.append(f">={match[2]}{match[3]},<{'.'.join(map(str, upper))}")
        elif re.fullmatch(r"\d[\w.*+!]*", part):
            parts.append(f"=={part}")
        elif part not in ("", "*"):
            parts.append(part.replace(" ", ""))
    return ",".join(parts)


def _pipfile(sources: Sources, file: str) -> DependencyFile:
    data = read_toml(sources, file)
    lines = toml_lines(sources.decoded(file) or "")
    found: list[Requirement] = []
    for section, group in (("packages", ""), ("dev-packages", "dev")):
        found.extend(_poetry(data, (section,), lines, file, group))
    return DependencyFile(file, "pipfile", tuple(found))


def _lock(sources: Sources, file: str, form: str) -> DependencyFile:
    # Read by pattern: a lock of thousands of packages takes a TOML parser longer than all the rest.
    found = []
    text = sources.decoded(file) or ""
    pattern = re.compile(r"^\[\[package\]\]\r?\nname = \"([^\"]+)\"\r?\nversion = \"([^\"]+)\"", re.M)
    line, seen = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", seen, match.start(1))
        seen = match.start(1)
        requirement = parse(f"{match[1]}=={match[2]}", file, line)
        if requirement:
            found.append(requirement)
    return DependencyFile(file, form, tuple(found))


def _setup_cfg(sources: Sources, file: str) -> Iterator[DependencyFile]:
    text = sources.decoded(file) or ""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        sources.refuse(file, f"is not an ini file: {str(error).splitlines()[0]}")
        return
    wanted = [("options", "install_requires", "")]
    if parser.has_section("options.extras_require"):
        wanted += [("options.extras_require", key, key) for key in parser["options.extras_require"]]
    found: list[Requirement] = []
    for section, key, group in wanted:
        value = parser.get(section, key, fallback="")
        begin = re.search(rf"^\[{re.escape(section)}\][^\[]*?^{re.escape(key)}\s*=", text, re.M | re.I)
        at = begin.end() if begin else 0
        for item in (each.strip() for each in value.splitlines()):
            place = text.find(item, at) if item else -1
            if place >= 0 and not item.startswith("#"):
                at = place + len(item)
                found.extend(_parsed(sources, item, file, text.count("\n", 0, place) + 1, group))
    if found:
        yield DependencyFile(file, "setup-cfg", tuple(found))


def _setup_py(sources: Sources, file: str) -> Iterator[DependencyFile]:
    tree = sources.syntax(file)
    if tree is None:
        return
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def items(node: ast.expr | None) -> Iterator[tuple[str, int]]:
        if isinstance(node, ast.Name):
            node = named.get(node.id)
        if isinstance(node, ast.BinOp):
            yield from items(node.left)
            yield from items(node.right)
        for each in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
            text = text_of(each)
            if text is not None:
                yield text, each.lineno

    found: list[Requirement] = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and dotted_name(call.func).rpartition(".")[2] == "setup":
            for text, line in items(keyword(call, "install_requires")):
                found.extend(_parsed(sources, text, file, line, ""))
            extras = keyword(call, "extras_require")
            extras = named.get(extras.id) if isinstance(extras, ast.Name) else extras
            if isinstance(extras, ast.Dict):
                for key, value in zip(extras.keys, extras.values, strict=True):
                    for text, line in items(value):
                        found.extend(_parsed(sources, text, file, line, text_of(key) or ""))
    if found:
        yield DependencyFile(file, "setup-py", tuple(found))

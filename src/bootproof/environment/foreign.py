"""Requirement strings from declarations that uv does not read: Poetry's and Pipenv's."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping

from packaging.version import InvalidVersion, Version


class Untranslatable(ValueError):
    """A declaration that has no equivalent as a requirement; says which and why."""


def specifier(constraint: str) -> str:
    """A Poetry or Pipenv version constraint as a PEP 440 specifier; "" for any version.

    `^` and `~` as in Poetry's documentation ("Dependency specification"). Alternatives (`^1 || ^2`) become
    the range from the lowest to the highest, for PEP 440 cannot say "or". Raises Untranslatable.
    """
    alternatives = [part.strip() for part in re.split(r"\|\|?", constraint) if part.strip()]
    if len(alternatives) > 1:
        first, last = specifier(alternatives[0]), specifier(alternatives[-1])
        low = [part for part in first.split(",") if part.startswith((">", "==", "~="))]
        high = [part for part in last.split(",") if part.startswith("<")]
        return ",".join([*(part.replace("==", ">=").replace(".*", "") for part in low), *high])
    parts = [part for part in re.split(r"\s*,\s*|\s+(?=[<>=!~^])", constraint.strip()) if part]
    return ",".join(filter(None, (_one(part) for part in parts)))


def _one(part: str) -> str:
    match = re.fullmatch(r"(\^|~=|~|===?|!=|<=|>=|<|>|=)?\s*v?(\*|[0-9A-Za-z]\S*)", part)
    if match is None:
        raise Untranslatable(f"version constraint `{part}`")
    sign, text = match.group(1) or "", match.group(2)
    if text == "*":
        return ""
    if sign in ("^", "~"):
        return f">={text},<{_next(sign, text)}"
    if sign in ("", "="):
        return f"=={text}"
    return f"{sign}{text}"


def _next(sign: str, text: str) -> str:
    try:
        release = list(Version(text.removesuffix(".*")).release)
    except InvalidVersion:
        raise Untranslatable(f"version constraint `{sign}{text}`") from None
    if sign == "~":
        kept = 1 if len(release) == 1 else 2
    else:
        # the leftmost digit that is not zero stays; `^0.0` has none, so its last one counts
        kept = next((place + 1 for place, digit in enumerate(release) if digit), len(release))
    upper = release[:kept]
    upper[-1] += 1
    return ".".join(map(str, upper))


def poetry(pyproject: bytes) -> tuple[str, ...]:
    """The requirement lines of `[tool.poetry.dependencies]` but for optional ones; its sources as options.

    Raises tomllib.TOMLDecodeError and Untranslatable.
    """
    tool = _table(_table(tomllib.loads(pyproject.decode("utf-8-sig")), "tool"), "poetry")
    lines = list(_sources(tool.get("source")))
    for name, declared in _table(tool, "dependencies").items():
        if name.lower() == "python":
            continue
        for each in declared if isinstance(declared, list) else [declared]:
            line = _line(name, each)
            if line:
                lines.append(line)
    return tuple(lines)


def pipfile(text: bytes) -> tuple[str, ...]:
    """The requirement lines of a Pipfile's `[packages]`. Raises as `poetry` does."""
    data = tomllib.loads(text.decode("utf-8-sig"))
    lines = list(_sources(data.get("source")))
    for name, declared in _table(data, "packages").items():
        line = _line(name, declared)
        if line:
            lines.append(line)
    return tuple(lines)


def pipfile_lock(text: bytes) -> tuple[str, ...]:
    """The pinned requirement lines of a Pipfile.lock's `default`. Raises ValueError where it is not JSON."""
    data = json.loads(text)
    lines = list(_sources(_table(data, "_meta").get("sources")))
    for name, declared in _table(data, "default").items():
        line = _line(name, declared)
        if line:
            lines.append(line)
    return tuple(lines)


def pins(lock: bytes) -> tuple[str, ...]:
    """`name==version` for each package of a poetry.lock or pdm.lock that an index gives, as constraints.

    Of a name that is locked more than once nothing is said: which one counts depends on markers. Raises
    tomllib.TOMLDecodeError.
    """
    packages = tomllib.loads(lock.decode("utf-8-sig")).get("package", [])
    seen: dict[str, list[str]] = {}
    for package in packages if isinstance(packages, list) else []:
        if not isinstance(package, Mapping) or "name" not in package or "version" not in package:
            continue
        source = package.get("source")
        elsewhere = isinstance(source, Mapping) and source.get("type") in ("git", "url", "directory", "file")
        if elsewhere or any(key in package for key in ("git", "url", "path")):
            continue
        versions = seen.setdefault(str(package["name"]), [])
        if str(package["version"]) not in versions:
            versions.append(str(package["version"]))
    return tuple(f"{name}=={versions[0]}" for name, versions in seen.items() if len(versions) == 1)


def _line(name: str, declared: object) -> str | None:
    if isinstance(declared, str):
        return f"{name}{specifier(declared)}"
    if not isinstance(declared, Mapping):
        raise Untranslatable(f"the declaration of `{name}`")
    if declared.get("optional") is True:
        return None
    extras = declared.get("extras", ())
    whole = f"{name}[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else name
    markers = [str(declared[key]) for key in ("markers",) if declared.get(key)]
    markers += [
        f"{key} {declared[key]}"
        for key in ("sys_platform", "platform_system", "os_name")
        if declared.get(key)
    ]
    if python := declared.get("python"):
        markers += [
            re.sub(r"^(===?|!=|<=|>=|<|>|~=)(.*)$", r"python_full_version \1 '\2'", part)
            for part in filter(None, specifier(str(python)).split(","))
        ]
    marker = f" ; {' and '.join(f'({each})' for each in markers)}" if markers else ""
    if git := declared.get("git"):
        at = next((f"@{declared[key]}" for key in ("rev", "ref", "tag", "branch") if declared.get(key)), "")
        sub = f"#subdirectory={declared['subdirectory']}" if declared.get("subdirectory") else ""
        return f"{whole} @ git+{git}{at}{sub}{marker}"
    if url := declared.get("url") or declared.get("file"):
        return f"{whole} @ {url}{marker}"
    if path := declared.get("path"):
        # a relative path as a requirement of its own: `name @ file:` takes absolute ones only
        return f"-e {path}" if declared.get("editable") or declared.get("develop") else f"./{path}"
    return f"{whole}{specifier(str(declared.get('version', '*')))}{marker}"


def _sources(declared: object) -> Iterable[str]:
    """Index options. A source called "pypi" is the default one, which the user may have led to a mirror."""
    for source in declared if isinstance(declared, list) else []:
        if (
            not isinstance(source, Mapping)
            or not source.get("url")
            or str(source.get("name")).lower() == "pypi"
        ):
            continue
        only = source.get("default") is True or source.get("priority") == "default"
        yield f"{'--index-url' if only else '--extra-index-url'} {source['url']}"


def _table(data: object, key: str) -> Mapping[str, object]:
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}

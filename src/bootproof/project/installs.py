"""Which dependency file decides what is installed for the target."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bootproof.model.project import DependencyFile, Requirement
from bootproof.project import shell
from bootproof.project.containers import Image
from bootproof.project.layout import ancestors, join
from bootproof.project.requirements import parse
from bootproof.project.servers import option
from bootproof.project.sources import Sources

_INSTALL = re.compile(
    r"\b(?:pip3?|uv pip)\s+install\b[^\n;&|`]*"
    r"|\b(?:poetry install|uv sync|pdm (?:install|sync)|pipenv (?:install|sync))"
)
_LOCKS = ("uv-lock", "poetry-lock", "pdm-lock")
_BUILDERS = frozenset(
    {"pip", "setuptools", "wheel", "poetry", "uv", "pipenv", "pdm", "hatch", "build", "virtualenv", "poetry-plugin-export"}
)
_VALUED = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t",
     "--target", "--prefix", "--root", "--python", "-p", "--trusted-host", "--timeout", "--cache-dir", "-e", "--editable"}
)  # fmt: skip
_TOOLS = {
    "uv": ("pyproject", "pdm", "poetry"),
    "poetry": ("poetry", "pyproject"),
    "pdm": ("pdm", "pyproject"),
    "pipenv": ("pipfile",),
}


def choose_dependencies(
    sources: Sources, files: Sequence[DependencyFile], directory: str, image: Image | None
) -> tuple[DependencyFile, ...]:
    """The same files with `chosen` set on the one that decides (never a lock).

    The install command of the target's image comes first, then the one that its documents give, then what
    lies nearest to
    the application: `requirements.txt`, where there is none the `pyproject.toml` that declares dependencies.
    """
    by_path = {each.path: each for each in files if each.format not in _LOCKS}
    chosen = None
    if image is not None:
        for run in image.runs:
            text = " ".join(run.words) if run.words else run.text
            chosen = (
                _installed(
                    text,
                    by_path,
                    [place for place in (image.inside(image.directory), image.context) if place],
                )
                or chosen
            )
    if chosen is None:
        chosen = _documented(sources, by_path, directory)
    if chosen is None:
        chosen = _nearest(by_path, directory)
    return tuple(replace(each, chosen=each.path == chosen) for each in files)


def installed_by_image(image: Image | None, files: Sequence[DependencyFile]) -> DependencyFile | None:
    """What an image installs by name beside the files that decide, as a dependency file of its own."""
    declared = {each.name for file in files if file.chosen for each in file.requirements}
    found: dict[str, Requirement] = {}
    for run in image.installs if image is not None else ():
        text = " ".join(run.words) if run.words else re.sub(r"\\\r?\n", " ", run.text)
        for command in _INSTALL.finditer(text):
            try:
                words = shell.split(command[0])
            except ValueError:
                continue
            for word in _named(words[words.index("install") + 1 :] if "install" in words else ()):
                requirement = parse(word, image.file if image else "", run.line)
                if requirement is not None and requirement.name not in (declared | _BUILDERS):
                    found.setdefault(requirement.name, requirement)
    if image is None or not found:
        return None
    return DependencyFile(image.file, "dockerfile", tuple(found.values()), chosen=True)


def _named(words: Sequence[str]) -> Iterator[str]:
    """The requirements among the words behind `pip install`."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _VALUED
        elif not re.match(r"[./~$]|https?:|git\+|file:", word) and "*" not in word:
            yield word


def _installed(text: str, by_path: dict[str, DependencyFile], folders: list[str]) -> str | None:
    """The file that an install command names."""
    for found in _INSTALL.finditer(text):
        try:
            words = shell.split(found[0])
        except ValueError:
            continue
        named = option(words, "-r", "--requirement")
        if named:
            name = named.lstrip("./").removeprefix("tmp/").removeprefix("app/").removeprefix("code/")
            for folder in folders:
                for word in (name, name.rpartition("/")[2]):
                    if join(folder, word) in by_path:
                        return join(folder, word)
            continue
        tool = words[0] if words[0] != "pip" else ""
        forms = _TOOLS.get(tool, ()) if "pip" not in words[:2] else ()
        if not forms and any(re.match(r"\.(?:\[|/?$)", word) for word in words):
            forms = ("pyproject", "poetry", "pdm", "setup-cfg", "setup-py")
        for folder in folders:
            for form in forms:
                hit = next(
                    (
                        p
                        for p, e in by_path.items()
                        if e.format == form and (p.rpartition("/")[0] or ".") == folder
                    ),
                    None,
                )
                if hit:
                    return hit
    return None


def _documented(sources: Sources, by_path: dict[str, DependencyFile], directory: str) -> str | None:
    folders = ancestors(join(directory, "x"))
    for folder in folders:
        for file in sources.files():
            name = file.rpartition("/")[2].lower()
            if (file.rpartition("/")[0] or ".") == folder and (
                name.startswith("readme") or name in ("makefile", "justfile")
            ):
                hit = _installed(sources.decoded(file) or "", by_path, folders)
                if hit:
                    return hit
    return None


def _nearest(by_path: dict[str, DependencyFile], directory: str) -> str | None:
    included = {name for each in by_path.values() for name in each.included}
    for folder in ancestors(join(directory, "x")):
        here = {path: each for path, each in by_path.items() if (path.rpartition("/")[0] or ".") == folder}
        here.update(
            {
                path: each
                for path, each in by_path.items()
                if path.rpartition("/")[0] == join(folder, "requirements")
            }
        )

        def rank(path: str) -> tuple[int, ...]:
            each, name = by_path[path], path.rpartition("/")[2].lower()
            plain = name in ("requirements.txt", "base.txt", "prod.txt", "production.txt")
            aside = re.search(r"dev|test|doc|lint|constraint|ci\b", name) is not None or name.endswith(".in")
            always = any(not requirement.group for requirement in each.requirements)
            return (
                not aside, always or bool(each.included), each.format == "requirements" and plain,
                each.format in ("pyproject", "poetry", "pdm", "pipfile"), each.format == "requirements",
                path not in included,
            )  # fmt: skip

        usable = [
            path
            for path in here
            if here[path].requirements or here[path].included or here[path].format != "setup-py"
        ]
        if usable:
            return max(sorted(usable), key=rank)
    # Nothing above the application: a single file elsewhere is meant all the same.
    rest = [
        path
        for path, each in by_path.items()
        if any(not requirement.group for requirement in each.requirements)
    ]
    return rest[0] if len(rest) == 1 else None

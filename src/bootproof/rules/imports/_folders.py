"""Which folders of the project hold a package, and which of them the start looks into."""

from bootproof.model.facts import Facts
from bootproof.rules.imports._starting import script


def reached(facts: Facts) -> set[str]:
    """The top-level names that the start's own folders hold."""
    target, start, ran = facts.project.target, facts.project.start, script(facts)
    folders = target.path if target else (".",)
    if ran is not None and start is not None:  # Python looks in a script's own folder, not where it is started
        folders = (ran.rpartition("/")[0] or ".", *start.path)
    found = set()
    for file in facts.python_files():
        for folder in folders:
            inside = file if folder == "." else file.removeprefix(f"{folder}/") if file.startswith(f"{folder}/") else ""
            if inside:
                found.add(inside.removesuffix(".py").split("/")[0])
    return found


def parents_of(first: str, facts: Facts, near: str) -> list[str]:
    """The folders of the project that hold a package or module of that name: those above the file `near` first.

    Of several backends in one repository each has its own `app`: the nearest above comes first. Of the others that is
    the nearest to the root.
    """
    found = set()
    for file in facts.python_files():
        parts = file.split("/")
        for depth, part in enumerate(parts):
            if (part == first and depth < len(parts) - 1) or part == f"{first}.py":
                found.add("/".join(parts[:depth]) or ".")
    above = [each for each in found if each == "." or near.startswith(f"{each}/")]
    beside = [each for each in found if each not in above]
    return [
        *sorted(above, key=lambda each: (-_depth(each), each)),
        *sorted(beside, key=lambda each: (_depth(each), each)),
    ]


def _depth(folder: str) -> int:
    return 0 if folder == "." else folder.count("/") + 1

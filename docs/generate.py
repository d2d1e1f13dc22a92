"""Writes a page for each rule, with what its example was before and after the fix.

    python docs/generate.py FOLDER

The pages are not kept in the repository: they follow from the rules and the examples, so that a new rule is one file
and one folder.
"""

import argparse
import difflib
import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from bootproof.model.words import Family
from bootproof.rules.registry import RulePage, pages

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NOT_SHOWN = ("__pycache__", ".bootproof")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pages go; it is made")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def rendered() -> dict[str, str]:
    """Every page by the name of its file: one for each rule, and `index.md`. The same input gives the same bytes."""
    rules = pages()
    texts = {file_of(each): page(each) for each in rules}
    texts["index.md"] = index(rules)
    return texts


def file_of(rule: RulePage) -> str:
    """`BP201-name-not-exported.md`."""
    return f"{rule.code}-{rule.name}.md"


def index(rules: tuple[RulePage, ...]) -> str:
    """All rules, by family."""
    lines = ["# Rules", ""]
    for family, members in groupby(sorted(rules, key=lambda rule: rule.code), key=lambda rule: rule.family):
        lines += [f"## {int(family)} {Family(family).name.lower()}", ""]
        lines += [f"* [{each.code} {each.name}]({file_of(each)}): {each.summary}" for each in members]
        lines.append("")
    return "\n".join(lines)


def page(rule: RulePage) -> str:
    """The rule's own page, and its examples behind it."""
    parts = [f"# {rule.code} {rule.name}", rule.page.strip()]
    for folder in sorted(EXAMPLES.glob(f"{rule.code}-*")):
        parts += example(folder)
    return "\n\n".join(parts) + "\n"


def example(folder: Path) -> Iterator[str]:
    """What the example teaches; the change that mends it, or the code that is at fault where a person must mend it."""
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    yield f"## Example: {case['teaches']}"
    before, after = tree(folder / "before"), tree(folder / "after")
    if after:
        for path in sorted(before.keys() | after.keys()):
            if path not in before and not after[path]:
                yield f"`{path}`, an empty file, is made by the fix."
            elif before.get(path, "").splitlines() == after.get(path, "").splitlines() and before.get(path) != after.get(path):
                yield f"`{path}`: each line's end is made by the fix."
            elif before.get(path) != after.get(path):
                yield f"`{path}`, before and after the fix:"
                yield fenced("diff", changed(before.get(path, ""), after.get(path, "")))
        return
    yield "A person mends this one. What is at fault:"
    for place in dict.fromkeys((each["file"], each["line"]) for each in case["finding"]):
        path, line = place
        lines = before.get(path, "").splitlines()[max(line - 3, 0) : line + 2]
        yield f"`{path}`, line {line}:"
        yield fenced("", "\n".join(lines))


def changed(before: str, after: str) -> str:
    """The changed lines with two around them, as a diff without its heads."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("--- ", "+++ ")))


def fenced(language: str, text: str) -> str:
    """A block of code; the fence is longer than any inside."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def tree(folder: Path) -> dict[str, str]:
    """Every file below the folder, empty where there is no such folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", errors="backslashreplace")
        for path in folder.rglob("*")
        if path.is_file() and not any(part in NOT_SHOWN for part in path.relative_to(folder).parts)
    }


if __name__ == "__main__":
    main()

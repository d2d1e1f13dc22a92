"""`bootproof explain`: the page of a rule."""

from typing import TYPE_CHECKING

import click

from bootproof.cli import exits, output

if TYPE_CHECKING:
    from bootproof.rules.registry import RulePage


@click.command("explain")
@click.argument("code")
def command(code: str) -> int:
    """Explain a rule: what happens, why the server cannot start, how it is fixed.

    CODE is a code or a name.

    \b
    Examples:
      bootproof explain BP201
      bootproof explain 201
      bootproof explain circular-import
    """
    from bootproof.rules.registry import pages

    rules = pages()
    rule = _found(code, rules)
    if rule is None:
        near = _nearest(code, rules)
        raise click.UsageError(
            f"no rule `{code}`; " + (f"near: {near}" if near else "all of them: bootproof rules")
        )
    output.emit(f"# {rule.code} {rule.name}\n\n{rule.page.strip()}\n", None)
    return exits.STARTS


def _found(asked: str, rules: tuple["RulePage", ...]) -> "RulePage | None":
    word = asked.strip().lower().replace("_", "-")
    return next((each for each in rules if word in (each.code.lower(), each.code[2:], each.name)), None)


def _nearest(asked: str, rules: tuple["RulePage", ...]) -> str:
    from difflib import get_close_matches

    word = asked.strip().lower().replace("_", "-")
    if word.isdigit():
        word = f"bp{word}"
    names = {each.code.lower(): each for each in rules} | {each.name: each for each in rules}
    matches = dict.fromkeys(names[each] for each in get_close_matches(word, names, 3, 0.6))
    return ", ".join(f"`{each.code}` {each.name}" for each in matches)

"""`bootproof rules`: every fault that is known."""

import click

from bootproof.cli import exits, output


@click.command("rules")
def command() -> int:
    """List every rule: its code, its name, what it knows. Grouped by family, the first digit of the code.

    \b
    Example:
      bootproof rules | grep import
    """
    from itertools import groupby

    from bootproof.model.words import Family
    from bootproof.report.phrases import counted
    from bootproof.rules.registry import pages

    rules = sorted(pages(), key=lambda each: each.code)
    widest = max((len(each.name) for each in rules), default=0)
    lines: list[str] = []
    for family, members in groupby(rules, key=lambda each: int(each.family)):
        lines += [""] if lines else []
        lines.append(f"{family} {Family(family).name.lower()}")
        lines += [f"  {each.code}  {each.name:<{widest}}  {each.summary}" for each in members]
    output.emit("".join(f"{line}\n" for line in lines), None)
    output.say(f"{counted(len(rules), 'rule')}; the page of one: bootproof explain CODE")
    return exits.STARTS

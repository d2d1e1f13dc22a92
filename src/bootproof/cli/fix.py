"""`bootproof fix`: apply what the audit proved, with backups."""

import shlex
from typing import Unpack

import click

from bootproof.cli import exits, output
from bootproof.cli.options import Asked, built, shared, usage_problems
from bootproof.cli.progress import on_stderr


@click.command("fix")
@click.option("--diff", is_flag=True, help="Show the changes and write nothing.")
@click.option(
    "--unsafe", is_flag=True, help="Apply unsafe fixes too: each gives something up, and says what."
)
@click.option("--advice", is_flag=True, help="Apply advice too.")
@shared
def command(diff: bool, unsafe: bool, advice: bool, **asked: Unpack[Asked]) -> int:
    """Audit the backend in PATH (default: this folder) and mend it.

    Applies the safe fixes of blockers and failures, all or nothing, with backups; `bootproof undo` puts
    every byte back. A fix that needs a value from you is never filled in.

    \b
    Examples:
      bootproof fix backend --diff        show, write nothing
      bootproof fix backend               safe fixes
      bootproof fix backend --unsafe      also those that give something up

    Exit codes: 0 it starts after the fix, 1 a blocker or failure remains, 2 usage, 3 bootproof's own
    fault, 4 cannot tell. With --diff nothing has changed: the code is that of `audit`.
    """
    from bootproof.audit.api import audit, fix, recover
    from bootproof.report import changes, outcome, render

    with usage_problems():
        options = built(asked, unsafe=unsafe, advice=advice)
        with on_stderr(quiet=asked["quiet"]) as progress:
            if not diff:
                recover(options.root)
            audited = audit(options, progress)
            report = fix(options, audited, write=not diff)
    colour = not asked["output"] and output.coloured(wanted=not asked["no_color"])
    width = output.width()
    if asked["format"] != "terminal":
        output.emit(render(report, asked["format"]), asked["output"])
    elif diff:
        output.emit(changes.diff(report, colour=colour), asked["output"], colour=colour)
        output.say(changes.render(report, unsafe=unsafe, width=width).rstrip("\n"), quiet=asked["quiet"])
    else:
        text = changes.render(report, unsafe=unsafe, colour=colour, width=width)
        output.emit(text, asked["output"], colour=colour)
    if any(each.applied for each in report.files_modified):
        output.say(f"to put it back: bootproof undo {shlex.quote(str(asked['path']))}", quiet=asked["quiet"])
    if diff:
        return exits.of_report(audited)
    return exits.of_verdict(outcome.verdict_after_fix(report, unsafe=unsafe))

"""`bootproof audit`: what stops the backend, each finding proved."""

import shlex
from typing import Unpack

import click

from bootproof.cli import exits, output
from bootproof.cli.options import Asked, built, shared, usage_problems
from bootproof.cli.progress import on_stderr


@click.command("audit")
@shared
def command(**asked: Unpack[Asked]) -> int:
    """Find and prove what stops the backend in PATH (default: this folder) from starting.

    Boots a private copy; none of your files is changed and nothing is installed into your environment.
    Every blocker is proved by a boot with every fix but its own.

    \b
    Examples:
      bootproof audit backend
      bootproof audit --app src.main:app --env SECRET_KEY=for-trials
      bootproof audit --format markdown --output AUDIT.md
      bootproof audit --format json | jq .verdict
      bootproof audit --select 2,BP101 --quiet

    Exit codes: 0 it starts, 1 a blocker or failure, 2 usage, 3 bootproof's own fault, 4 cannot tell.
    """
    from bootproof.audit.api import audit
    from bootproof.report import phrases, render

    with usage_problems():
        options = built(asked)
        with on_stderr(quiet=asked["quiet"]) as progress:
            report = audit(options, progress)
    colour = not asked["output"] and output.coloured(wanted=not asked["no_color"])
    output.emit(
        render(report, asked["format"], colour=colour, width=output.width()), asked["output"], colour=colour
    )
    if asked["output"]:
        output.say(
            f"{report.verdict.value}: {phrases.as_it_stands(report)}; report: {asked['output']}",
            quiet=asked["quiet"],
        )
    if phrases.mendable(report):
        output.say(f"next: bootproof fix {shlex.quote(str(asked['path']))} --diff", quiet=asked["quiet"])
    return exits.of_report(report)

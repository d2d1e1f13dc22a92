"""`bootproof undo`: put back what `fix` changed."""

from pathlib import Path

import click

from bootproof.cli import exits, output
from bootproof.cli.options import project_path, usage_problems


@click.command("undo")
@click.argument("path", default=".", callback=project_path)
@click.option("--quiet", "-q", is_flag=True, help="No hints.")
def command(path: Path, quiet: bool) -> int:
    """Put back every byte that `fix` changed in PATH (default: this folder), over all its runs.

    Prints the files that were put back, one a line.

    \b
    Example:
      bootproof undo backend
    """
    from bootproof.audit.api import undo

    with usage_problems():
        restored = undo(path.resolve())
    output.emit("".join(f"{each}\n" for each in restored), None)
    output.say("put back as it was" if restored else "nothing to undo", quiet=quiet)
    return exits.STARTS

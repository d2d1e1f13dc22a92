"""The entry point, and the border of all errors.

Imports click only when there is something to parse: it takes 80 ms, and `--version` should take none of them.
"""

import sys
from collections.abc import Sequence

from bootproof import __version__
from bootproof.cli import exits
from bootproof.cli.signals import Stopped, listen


def main() -> None:
    """Runs the command line of this process and ends it with an exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(f"bootproof {__version__}")
        return
    listen()
    try:
        code = run(arguments)
    except KeyboardInterrupt:  # before there is anything to stop, or for the second time
        code = exits.INTERRUPTED
    except Stopped as stop:
        code = 128 + stop.number
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """The exit code of the command line. The border: nothing is raised, no traceback is shown."""
    import click

    from bootproof.cli.group import cli
    from bootproof.cli.output import hush

    try:
        result = cli.main(list(arguments), prog_name="bootproof", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return result if isinstance(result, int) else exits.STARTS
    except click.ClickException as problem:
        problem.show()
        return exits.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return exits.INTERRUPTED
    except Stopped as stop:
        click.echo(f"stopped by signal {stop.number}", err=True)
        return 128 + stop.number
    except (BrokenPipeError, SystemExit):  # click ends so when it meets a closed pipe
        hush()
        return exits.PIPE
    except Exception as error:
        from bootproof.cli.crash import told

        click.echo(told(error), err=True)
        return exits.FAULT


if __name__ == "__main__":
    main()

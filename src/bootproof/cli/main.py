"""The entry point, and the border of all errors.

Imports click only when there is something to parse: it takes 80 ms, and `--version` should take none of them.
"""

import sys
from collections.abc import Sequence
from types import FrameType

from bootproof import __version__
from bootproof.cli import exits


class Stopped(BaseException):
    """A signal asks for the end. Raised where it arrives, so that what runs is ended by its own `finally`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main() -> None:
    """Runs the command line of this process and ends it with an exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(f"bootproof {__version__}")
        return
    _listen()
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


def _listen() -> None:
    """Makes the signals that ask for the end reach what runs. One that is ignored (nohup) stays ignored."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)


if __name__ == "__main__":
    main()

"""The group of commands. Each is imported when it is named."""

import click

from bootproof import __version__

COMMANDS = ("audit", "fix", "undo", "explain", "rules", "push", "serve")


class LazyGroup(click.Group):
    """Imports a command when it is named: none has to wait for what another needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None where there is none."""
        from importlib import import_module

        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"bootproof.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises UsageError, with the nearest name where one is near."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            raise click.UsageError(f"no command `{name}`" + (f"; near: `{near[0]}`" if near else ""), ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="bootproof %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Proves what stops a Python backend from starting, fixes it, and proves that it starts.

    bootproof boots a private copy of the backend against a real PostgreSQL. Where the boot fails it names
    the root cause, mends it in the copy and boots again until the server answers; then it proves each
    finding by a boot with every fix but that one. Your files change only when you run `fix`.

    \b
    Examples:
      bootproof audit backend            what stops it, each finding proved
      bootproof fix backend --diff       what would be changed
      bootproof fix backend              change it, with backups
      bootproof undo backend             put every byte back
      bootproof explain BP201            what a finding means

    \b
    Exit codes:
      0  it starts (advice allowed)
      1  a blocker or a failure, diagnosed or not
      2  wrong usage
      3  a fault of bootproof itself
      4  it could not be proved
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())

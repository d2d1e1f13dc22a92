"""Why a project cannot be read at all.

ProjectError
├── RootNotFound        the path does not exist
├── RootNotAFolder      the path is a file
├── NothingToRead       the folder is empty, or holds no Python
├── TargetNotFound      `--app` names no file of the project
└── EnvFileNotFound     `--env-file` names no readable file
"""

from pathlib import Path


class ProjectError(Exception):
    """A project that discovery cannot read; the message is one line and ends with the next step."""


class RootNotFound(ProjectError):
    """There is nothing at the path."""

    def __init__(self, root: Path) -> None:
        super().__init__(f"`{root}` does not exist; name the folder of the backend")


class RootNotAFolder(ProjectError):
    """The path is a file."""

    def __init__(self, root: Path) -> None:
        super().__init__(f"`{root}` is not a folder; name the folder of the backend: `{root.parent}`")


class NothingToRead(ProjectError):
    """The folder holds no Python file of its own."""

    def __init__(self, root: Path, files: int) -> None:
        what = "is empty" if files == 0 else f"holds no Python file among its {files}"
        super().__init__(f"`{root}` {what}; name the folder where the backend's code is")


class TargetNotFound(ProjectError):
    """The application target that the user named is no file of the project."""

    def __init__(self, app: str, reason: str) -> None:
        super().__init__(f"`--app {app}`: {reason}; give it as `package.module:attribute`")


class EnvFileNotFound(ProjectError):
    """The settings file that the user named cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"`--env-file {path}` cannot be read: {reason}; name a file of `KEY=value` lines")

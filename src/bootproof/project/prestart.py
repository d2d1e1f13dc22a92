"""Which commands of a start matter before the server: migrations and seeds, not waiting,
printing or installing.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_NOISE = frozenset(
    {
        "echo", "printf", "sleep", "set", "unset", "exit", "return", "trap", "true", "false", ":",
        "[", "[[", "test",
        "nc", "ncat", "netcat", "pg_isready", "dockerize", "mkdir", "chown", "chmod", "ls", "cat",
        "curl", "wget",
        "cp", "mv", "rm", "touch", "ln", "pwd", "cd", "whoami", "id", "env", "date", "wait",
        "read", "shift", "local",
        "declare", "ulimit", "umask", "shopt", "pip", "pip3", "pipx", "apt", "apt-get", "apk",
        "npm", "yarn", "pnpm",
        "docker", "docker-compose", "git", "tar", "unzip", "sed", "awk", "grep", "tail", "head",
        "find", "kill", "nginx",
        "supervisord", "service", "celery", "arq", "dramatiq", "rq", "pytest", "ruff", "mypy",
        "black", "isort",
        "source", ".", "eval", "export", "alias", "virtualenv", "deactivate", "psql", "createdb",
        "redis-server", "ssh",
        "sudo", "wait-for-it", "wait-for", "timeout", "bash", "sh", "break", "continue", "node",
        "npx", "make", "just",
        "mc", "aws", "gcloud", "kubectl", "fly", "flyctl", "heroku", "createuser", "which",
        "command", "open", "copy",
        "pre-commit", "coverage", "brew", "conda", "mamba", "pyenv", "hash", "type", "stripe",
        "ngrok", "http", "locust",
        "streamlit", "jupyter", "deptry", "uvx", "test.sh", "select", "http-server", "java", "go", "cargo",
    }
)  # fmt: skip
_MANAGERS = {"uv", "poetry", "pipenv", "pdm", "hatch", "rye"}
_PYTHON = re.compile(r"python[\d.]*$")
_MIGRATES = (
    ("alembic", "upgrade"),
    ("manage.py", "migrate"),
    ("aerich", "upgrade"),
    ("db", "upgrade"),
    ("tortoise", "migrate"),
)


def matters(argv: Sequence[str]) -> bool:
    """Whether a command before the server can decide if it starts."""
    name = PurePosixPath(argv[0]).name or argv[0]  # "." has no name
    if (
        name.removesuffix(".sh") in _NOISE
        or name in _MANAGERS
        or "=" in name
        or name.startswith(("$", "#", "<", "-"))
    ):
        return False
    if _PYTHON.match(name):
        module = argv[2] if len(argv) > 2 and argv[1] == "-m" else ""
        ignored = (
            "pip",
            "venv",
            "virtualenv",
            "pytest",
            "compileall",
            "celery",
            "ensurepip",
            "coverage",
            "black",
        )
        if len(argv) < 2 or module in ignored or argv[1] in ("-V", "--version"):
            return False
        return not any("collectstatic" in word or "wait_for" in word for word in argv)
    return re.fullmatch(r"[\w./\-]+", argv[0]) is not None


def migrates(argv: Sequence[str]) -> bool:
    """Whether a command brings a database's tables up to date."""
    words = [PurePosixPath(word).name for word in argv]
    return any(first in words and second in words for first, second in _MIGRATES)

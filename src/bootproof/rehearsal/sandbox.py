"""How far this system lets a boot be isolated, and what is said where it does not."""

import functools
import subprocess
import sys
from pathlib import Path

AGENT_FOLDER = Path(__file__).parent / "agent"


@functools.cache
def isolation() -> str:
    """ "root" or "user" where namespaces are allowed and by which way, "" where they are not."""
    return _ask("m.possible()") if sys.platform == "linux" else ""


def overlays(way: str, folder: Path) -> bool:
    """Whether a boot's copy can be an overlay whose writes go below a new `folder`; else it is a real copy."""
    folder.mkdir()
    return _ask("m.overlays(sys.argv[2], sys.argv[3])", way, str(folder)) == "True"


def _ask(expression: str, *arguments: str) -> str:
    """What the agent's own module answers, asked in a process: it changes the process that it asks."""
    code = (
        "import importlib.util, sys; s = importlib.util.spec_from_file_location('isolation', sys.argv[1]);"
        f"m = importlib.util.module_from_spec(s); s.loader.exec_module(m); print({expression})"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(AGENT_FOLDER / "isolation.py"), *arguments],
        capture_output=True, text=True, timeout=20, check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def open_folders(scratch: Path) -> tuple[str, ...]:
    """Folders whose writes may succeed and vanish: they get an overlay. One that holds other mounts cannot."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return tuple(
        folder
        for folder in ("/tmp", "/var")
        if Path(folder).is_dir()
        and not scratch.is_relative_to(folder)
        and not any(mount.startswith(folder + "/") for mount in mounts)
    )


def memory_folder(used: tuple[Path, ...]) -> str:
    """The folder in memory of which a boot gets an empty one of its own; "" where something that it uses lies there."""
    folder = Path("/dev/shm")
    if not folder.is_mount() or any(each.is_relative_to(folder) for each in used):
        return ""
    return str(folder)

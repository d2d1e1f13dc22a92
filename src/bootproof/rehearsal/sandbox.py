"""How far this system lets a boot be isolated, and what is said where it does not."""

import functools
import subprocess
import sys
from pathlib import Path

AGENT_FOLDER = Path(__file__).parent / "agent"


@functools.cache
def isolation() -> str:
    """ "root" or "user" where namespaces are allowed and by which way, "" where they are not."""
    if sys.platform != "linux":
        return ""
    code = (
        "import importlib.util, sys; s = importlib.util.spec_from_file_location('isolation', sys.argv[1]);"
        "m = importlib.util.module_from_spec(s); s.loader.exec_module(m); print(m.possible())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(AGENT_FOLDER / "isolation.py")],
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

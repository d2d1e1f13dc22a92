"""A tree as values: every byte, mode and time, to be compared before and after."""

import stat
from pathlib import Path

Snapshot = dict[str, tuple[str, bytes, int, int]]


def snapshot(root: Path) -> Snapshot:
    """Every file, link and folder under a root; folders without their times, which every rename changes."""
    found: Snapshot = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        name, mode = path.relative_to(root).as_posix(), stat.S_IMODE(status.st_mode)
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()).encode(), 0, 0)
        elif path.is_dir():
            found[name] = ("folder", b"", mode, 0)
        else:
            found[name] = ("file", path.read_bytes(), mode, status.st_mtime_ns)
    return found


def contents(root: Path, paths: list[str]) -> dict[str, bytes | None]:
    """What stands in the files, None where there is none."""
    return {path: (root / path).read_bytes() if (root / path).exists() else None for path in paths}

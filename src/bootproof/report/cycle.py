"""A circular import, drawn."""

from bootproof.model.finding import Finding


def drawn(finding: Finding) -> tuple[str, ...]:
    """The lines of a box with arrows, where the related places form a cycle of imports; else none."""
    steps = [
        f"{each.file}:{each.line} {each.note}" for each in finding.related if each.note.startswith("imports")
    ]
    if len(steps) < 2:
        return ()
    lines = ["┌─────┐"]
    for step in steps:
        lines += [f"│  {step}", "↑     ↓"]
    lines[-1] = "└─────┘"
    return tuple(lines)

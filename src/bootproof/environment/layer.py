"""A layer: distributions that one fix adds, in a folder of their own."""

from dataclasses import dataclass
from pathlib import Path

from bootproof.model.environment import Distribution


@dataclass(frozen=True)
class Layer:
    """A folder that goes behind the environment's own folders on `sys.path`, and what it holds.

    It holds only what the environment lacked: a trial without the layer is a trial without the fix.
    """

    folder: Path
    distributions: tuple[Distribution, ...]

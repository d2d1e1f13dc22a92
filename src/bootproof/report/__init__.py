"""One pure renderer per format: a module of this package with `render(report, *, colour, width)`."""

from importlib import import_module
from typing import Protocol, cast

from bootproof.model.report import Report

FORMATS = ("terminal", "markdown", "json")
WIDTH = 100


class Renderer(Protocol):
    """What every format offers. `colour` and `width` (in columns) are for those that can use them."""

    def __call__(self, report: Report, *, colour: bool = False, width: int = WIDTH) -> str: ...


def render(report: Report, format: str, *, colour: bool = False, width: int = WIDTH) -> str:
    """The report in one of FORMATS, without a secret, ended by a line end. Raises ValueError for another."""
    if format not in FORMATS:
        raise ValueError(f"format: {format!r} is none of {', '.join(FORMATS)}")
    renderer = cast(Renderer, import_module(f"bootproof.report.{format}").render)
    return renderer(report, colour=colour, width=width)

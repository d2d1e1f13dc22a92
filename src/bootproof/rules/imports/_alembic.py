"""The option of Alembic's ini file that puts folders on the import path."""

import re

from bootproof.edits.making import edit
from bootproof.model.edit import Edit


def option_line(text: bytes) -> int:
    """The line of Alembic's ini file where its folders are told, counted from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rb"\s*(prepend_sys_path|script_location)\s*=", line):
            return number
    return 1


def prepended(file: str, text: bytes, folder: str) -> Edit | None:
    """The edit that sets the option, in the section of Alembic."""
    there = re.search(rb"(?m)^prepend_sys_path[ \t]*=[ \t]*([^\r\n]*)", text)
    if there is not None:
        value = there[1].decode("utf-8", "replace").strip()
        return edit(file, text, there.start(1), there.end(1), f"{value} {folder}".strip())
    section = re.search(rb"(?m)^\[alembic\][^\n]*\n", text)
    option = re.search(rb"(?m)^script_location[ \t]*=[^\n]*\n", text)
    after = option or section
    if after is None:
        return None
    return edit(file, text, after.end(), after.end(), f"prepend_sys_path = {folder}\n")

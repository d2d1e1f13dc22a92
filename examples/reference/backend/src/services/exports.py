"""A project's tasks as a table."""

import csv
import io
from collections.abc import Iterable

from src.models import Task

COLUMNS = ("title", "status", "due_at", "tags")


def tasks_as_csv(tasks: Iterable[Task]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for task in tasks:
        due = task.due_at.isoformat() if task.due_at else ""
        writer.writerow((task.title, task.status.value, due, " ".join(tag.name for tag in task.tags)))
    return buffer.getvalue()

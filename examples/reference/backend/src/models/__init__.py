"""The tables."""

from src.models.notification import Notification
from src.models.project import Project
from src.models.tag import Tag, TaskTag
from src.models.task import Task, TaskStatus
from src.models.user import User

__all__ = ["Notification", "Project", "Tag", "Task", "TaskStatus", "TaskTag", "User"]

from api import api as application

__all__ = ["application"]

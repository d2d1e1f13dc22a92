"""Another module of that name, beside the package."""

from museum.models import Exhibit

COLUMNS = [column.name for column in Exhibit.__table__.columns]

"""Names that SQLAlchemy gives by itself: asked of the installed one, with a table made for it."""

import importlib


def index_name(table, column, unique, schema=None, convention=None):
    """What the index of a column with `index=True` is called; None where it cannot be made.

    `convention` is the `naming_convention` of its `MetaData`, the installed SQLAlchemy's own where it is None.
    """
    library = importlib.import_module("sqlalchemy")
    kept = library.MetaData(**({} if convention is None else {"naming_convention": convention}))
    made = library.Column(column, library.Integer, index=True, unique=unique)
    try:
        library.Table(table, kept, made, schema=schema)
    except (KeyError, library.exc.SQLAlchemyError):  # a convention with words of the project's own
        return None
    names = [each.name for each in made.table.indexes]
    return str(names[0]) if names and names[0] else None

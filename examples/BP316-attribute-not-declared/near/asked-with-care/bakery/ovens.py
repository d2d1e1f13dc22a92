from bakery.config import settings

STREET = settings.street.title()
OWNER = getattr(settings, "OWNER_NAME", settings.owner_name)
try:
    OWNER = settings.OWNER
except AttributeError:
    pass

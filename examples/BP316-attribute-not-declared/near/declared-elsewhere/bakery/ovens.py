from bakery.config import settings

STREET = settings.street.title()
OWNER = settings.OWNER_NAME

from bakery.config import settings as conf

STREET = conf.street.title()
OWNER = conf.OWNER_NAME

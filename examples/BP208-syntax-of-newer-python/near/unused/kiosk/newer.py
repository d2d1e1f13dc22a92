try:
    pass
except KeyError, ValueError:
    pass

class Scale(str):
    pass


class Sheet:
    pass

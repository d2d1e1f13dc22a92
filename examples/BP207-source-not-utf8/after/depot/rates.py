"""What a parcel costs, by zone."""

RATES = {1: 4.5, 2: 7.0}


def rate_of(zone: int) -> float:
    return RATES.get(zone, 12.0)

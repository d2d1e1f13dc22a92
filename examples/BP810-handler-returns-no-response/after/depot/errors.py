class UnknownParcel(Exception):
    """No parcel has this number."""

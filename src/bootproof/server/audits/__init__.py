"""Audits that were pushed: kept, compared, shown."""

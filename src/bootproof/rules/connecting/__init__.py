"""Family 6: connections, tables, migrations."""

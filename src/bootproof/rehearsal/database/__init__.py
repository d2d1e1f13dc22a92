"""A real PostgreSQL for rehearsals, and the proxy that stands where the project's own server would stand."""

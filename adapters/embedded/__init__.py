"""A PostgreSQL of our own, from a wheel's binaries, when no database is named."""

"""PostgreSQL: the event store, the read models' tables, the sealed keys, and every query."""

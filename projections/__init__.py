"""Read models: one pure fold per table, from events to rows."""

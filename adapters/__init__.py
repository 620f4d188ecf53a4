"""The outside world: PostgreSQL, the vault, outbound HTTP, provider drivers, the embedded server."""

"""The way in: HTTP routes, the command line, and the one place where everything is put together."""

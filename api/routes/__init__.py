"""The routes: from a request to a command or query, and from its result to an answer."""

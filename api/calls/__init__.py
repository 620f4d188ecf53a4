"""Calls to models: the protocols in, and their serving."""

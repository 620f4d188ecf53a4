"""Use cases: load, decide, append. One file for each aggregate; they know neither HTTP nor SQL."""

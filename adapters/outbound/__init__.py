"""The one way out: every request to a provider passes here."""

"""Calls to models: one driver per vendor's protocol, from the neutral form and back."""

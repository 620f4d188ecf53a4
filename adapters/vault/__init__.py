"""The vault: API keys sealed by envelope encryption, and what may be shown of them."""

"""What all routes share: who asks, how errors look, versions, idempotency, pages."""

"""What is true and what may happen. Pure: no I/O, no clock, no randomness."""

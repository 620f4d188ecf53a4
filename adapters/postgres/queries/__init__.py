"""The questions that the API asks of the read models and of the log."""

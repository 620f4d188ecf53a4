"""What the API answers, made from the read models' rows."""

"""One file per vendor API: how its listing is asked for and what its answer means."""

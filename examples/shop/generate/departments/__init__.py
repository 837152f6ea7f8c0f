"""The shop's range, one file per department."""

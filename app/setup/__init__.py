"""The mission's door: what a mission is made of, read from the files that election clerks keep."""

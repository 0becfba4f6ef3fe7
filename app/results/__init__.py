"""The analysts' door: aggregated figures, wide rows, coverage, codebook. Reads the log through a columnar mirror."""

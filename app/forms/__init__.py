"""The engine: checklists, expressions, checks and the fold. Pure: values in, values out."""

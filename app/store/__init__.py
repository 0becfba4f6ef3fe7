"""Tables, engines and the log. Knows checklists, not HTTP."""

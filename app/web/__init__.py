"""What every door shares: problems, bodies, who may, limits, pages. Knows no room."""

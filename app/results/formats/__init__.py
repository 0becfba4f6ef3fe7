"""Tables as files: each format takes values and gives bytes, and knows nothing of missions."""

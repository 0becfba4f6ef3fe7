"""Urna: what an election observation mission runs on election day."""

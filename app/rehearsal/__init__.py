"""Rehearsals: simulated phones, and a network that fails on purpose, before any server."""

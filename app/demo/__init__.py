"""The demo mission: an election as it was held, with stations and reports that were not. Everything drawn is marked."""

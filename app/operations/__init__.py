"""What an operator does to a server: back up, restore, ask how it is."""

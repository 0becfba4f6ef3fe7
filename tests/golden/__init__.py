"""Published figures, and missions built so that they must come out."""

"""What analysts print: tables T1 to T15, each from the same rows as everything else, in every form they are read in."""

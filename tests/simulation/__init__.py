"""Worlds that repeat to the bit: phones, people, a hostile network and the real push, fold and pull, from one seed."""

"""Certificate chains: the pure model, the probe, how each kind of client judges, known CAs, diagnosis and repair."""

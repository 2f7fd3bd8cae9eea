"""Opens runs: what landed, what is new, who labels which part, and whether it can be done in time."""

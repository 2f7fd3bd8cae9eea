"""Every model on the same rows, what the gate says of them, and what people read about it."""

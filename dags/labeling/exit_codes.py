"""Exit codes of the `labeler` command that a step reacts to; the package itself is not on the cluster."""

NOTHING_PASSED = 3
"""The gate lets no candidate pass: the step is skipped, and a branch decides."""
PERMANENT = 65
"""What fails again when it is repeated: no retry."""

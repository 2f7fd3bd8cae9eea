"""Constructs, each under a hundred lines. Not named `constructs`: with cdk/ on the path that would hide the library."""

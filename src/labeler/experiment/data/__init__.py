"""Labeled files to prepared rows: read, validated, turned into Parquet, split, and where they came from."""

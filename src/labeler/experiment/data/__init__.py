"""Labeled files to prepared rows: read, validated, turned into Parquet, split, and where they came from.

sources.py         opens a folder or an S3 prefix, and cuts its files into blocks
folder_source.py   labeled files of a folder
s3_source.py       labeled files below an S3 prefix
listing.py         which listed files are read: pattern, days, order of keys (pure)
days.py            the day of a file, by its folder's name (pure)
blocks.py          blocks of files through one function, in one process or several
validate.py        the step `validate`: how many rows are rejected and why
reject_counts.py   rejects of files, counted by reason
prepare.py         the step `prepare`: Parquet parts and dataset.json
engines.py         how parts are made: here, in several processes, or by Spark
spark.py           the Spark engine
spark_session.py   starts Spark
parts.py           one block of files to one Parquet part
part_table.py      a part's columns (pure)
file_digests.py    SHA-256 of files, one by one and together (pure)
dataset.py         the prepared rows in memory
in_memory.py       a dataset from a few files, without Parquet
split.py           training rows, later rows, rows of unseen accounts (pure)
lineage.py         the version of data and code
dvc_hash.py        the hash by which DVC knows the prepared files
"""

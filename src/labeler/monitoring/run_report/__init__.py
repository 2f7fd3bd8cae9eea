"""The report of a run: one HTML file without network and script.

run_data.py   everything that the report shows, read from ledger and buckets
progress.py   totals of the run, and its newest generation (pure)
work.py       workers, phases of the work, slowest units (pure)
rows.py       rejects and the mix of the labels (pure)
charts.py     forecasts -> coordinates of a chart (pure)
tiles.py      the key figures at the top (pure)
page.py       all of it -> HTML
"""

"""Every model on the same rows, the gate's verdict on each candidate, and the report that people read.

evaluate.py          the step: scores, plots and samples of all candidates
trained_models.py    the plan's candidates, loaded as a worker loads them
champion.py          the current champion, loaded the same way
evaluation_rows.py   the held-out rows, and a model's results on them
evaluator.py         scores and speed of one model after the other
metrics.py           every score of one model on one set of rows (pure)
confidence_curve.py  coverage, thresholds and calibration (pure)
intervals.py         how sure a difference between two models is (pure)
speed.py             microseconds per row
held_out.py          the sample of held-out rows that monitoring compares with
headline.py          the few figures that git keeps
criteria.py          gate.yaml
gate.py              which candidates pass
ranking.py           the order of candidates (pure)
plots/               the evaluation as PNG (pure)
report.py            the report, read from the records and written
report_sections.py   its sections (pure)
report_tables.py     its tables (pure)
markdown.py          a Markdown table (pure)
alarm.py             the alarm when nothing passes
"""

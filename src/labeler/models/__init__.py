"""Models: their bytes, what they predict, and which version in the registry is the champion.

bundle.py            a model's directory as one tar: packed, proven by its digest, loaded
predict.py           the two most likely categories of each row
sample.py            sampled rows as monitoring reads them (pure)
registry.py          MLflow's registry: the client, names of aliases and tags, errors
artifacts.py         a version's bundle: downloaded, checked, copied to the runs bucket once per run
versions.py          the versions of a model: found, listed, searched
comparison.py        one version with its metrics and parameters, and two side by side
promotion.py         who becomes the champion, written down; and the way back
promotion_checks.py  what a version has to show before it becomes the champion
history.py           who was the champion, and who before (pure)
"""

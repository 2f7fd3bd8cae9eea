"""Models: their bytes, what they predict, who is the champion, and where a champion comes from.

bundle.py     a model's directory as one tar: packed, proven by its digest, loaded
predict.py    the two most likely categories of each row
registry.py   MLflow's registry: the champion, resolved once for each run and staged
versions.py   what each version in the registry says of itself, side by side
promotion.py  who becomes the champion, checked and written down; and the way back
history.py    who was the champion, and who before (pure)
sample.py     sampled rows as monitoring reads them (pure)
experiment/   from labeled statements to a champion
"""

"""What an evaluation looks like: PNG plots of it and nothing else (pure). The same evaluation gives the same bytes.

draw.py       all plots of an evaluation, by name
names.py      the names of the plots
curves.py     coverage and calibration
confusion.py  the confusion matrix of a candidate
speed.py      quality against speed
figure.py     one figure as PNG, and its style
"""

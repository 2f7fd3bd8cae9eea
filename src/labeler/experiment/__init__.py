"""From labeled statements to a champion: each step reads and writes declared files (see `files`).

    validate -> prepare -> plan -> train -> evaluate -> gate -> register -> propose
    ------ data ------     - training -     --- judging ---     -- registering --

A step is one function of values and files; `labeler experiment <step>`, DVC, Airflow and CI all call the same ones.
Nothing of the daily run imports this package.
"""

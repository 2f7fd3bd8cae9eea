"""The commands that this package adds to `labeler`, by entry points (see labeler/cli/command_group.py).

demo.py        `labeler demo`: a whole day on this machine
local.py       `labeler local up`: the whole pipeline on this machine, until Ctrl-C
statements.py  `labeler statements generate`: synthetic statements
"""

"""What alarms there are, as data. Each name is a page: docs/runbooks/<name>.md.

Two traps of SQS are why the run's own metrics come first. The age metric leaves out messages that were received more
than three times, so a unit that fails again and again makes a queue look young. And a queue's depth may be wrong for
a minute: no alarm goes by depth alone.

alarm.py       what an alarm is
run.py         what the run says of itself
queues.py      messages that wait too long, or were given up
functions.py   functions that fail, or are silent
platform.py    the registry and the monitoring host
"""

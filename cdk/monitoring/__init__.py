"""Alarms and whom they call, the dashboard, Datadog, and the host that shows drift reports.

alarms/                what alarms there are, as data; each has a page below docs/runbooks
alarm_topic.py         whom alarms call
cloudwatch_alarm.py    an alarm in CloudWatch
dashboard.py           one page for whoever is on call
datadog_extension.py   Datadog's extension beside the functions
datadog_monitors.py    the run's alarms as monitors of Datadog
datadog_agent.py       Datadog's agent on the cluster
host.py                the host that shows drift reports
user_data.py           what the host does when it starts
sessions.py            who may forward a port through the host
"""

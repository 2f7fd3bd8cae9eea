"""A deployment before there is an account: the real CDK command against the local AWS, and a day on what it made.

cdk.py      the command
carried.py  which stacks and kinds of resources the emulator carries, and why not the others
day.py      the daily run on the deployed resources, and what must be true of it
"""

"""A local AWS in one process: for the demo, the tests, a laptop and Airflow.

stack.py                     a running pipeline: `with local_stack(directory) as stack: ...`
stack_access.py              its address, settings, buckets and ledger
options.py                   options of a stack
pipeline.py                  what a stack runs: resources, functions, triggers and variables
resources.py                 creates the resources with boto3, as the CDK app does
deployed.py                  or reads the pipeline from CloudFormation stacks
cloudformation_stacks.py     their resources and outputs
deployed_functions.py        their functions: configuration and handlers
deployed_triggers.py         their queues, event source mapping and schedule
cloud.py                     the running server with its clients and variables
server.py                    moto's server (S3, SQS, DynamoDB, Glue) on a loopback port, with extensions in front
moto_backend.py              moto's application: loaded, reset, calls serialized where moto needs it
wsgi.py                      types, request bodies and responses of a WSGI server
faults.py                    rules by which tests make calls fail
cloudformation.py            extends moto's CloudFormation
cloudformation_resources.py  the resource types that it lacks
cloudformation_fixes.py      those that it gets wrong
message_moves.py             SQS message move tasks, which moto lacks
invocations.py               Lambda's Invoke, which moto lacks
functions.py                 the Lambda functions, run in this process
handlers.py                  their code: found and loaded
output.py                    what they print goes to their log files
event_source.py              the event source mapping of the completion queue
dispatch.py                  the schedule, and the threads of both
workers.py                   worker processes
registry_server.py           MLflow's server with a database behind it and artifacts in S3
database_check.py            whether that database can be used
postgres.py                  a PostgreSQL server with temporary data
postgres_host.py             what it needs of the machine
processes.py                 a third-party server as a child process
environment.py               variables that lead a process to this AWS and to no other

Production code does not know that it is here: it calls the real API with boto3 and obstore.
"""

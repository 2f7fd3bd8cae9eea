"""A local AWS in one process: for the demo, the tests, a laptop and Airflow.

    stack.py            puts the rest together: `with local_stack(directory) as stack: ...`
    options.py          what can be told to it
    pipeline.py         what it runs, whoever made it
    resources.py        one source: buckets, queues, table and events made with boto3, as the CDK app makes them
    deployed.py         the other source: what CloudFormation made of the CDK app
    formation.py        what moto's CloudFormation lacks
    kinds.py            what it lacks: kinds of resources
    cloud.py            the running server with its clients and variables
    server.py           moto's server (S3, SQS, DynamoDB, Glue) on a free loopback port
    moves.py            what moto lacks: SQS message move tasks
    invocations.py      what moto lacks: Lambda's Invoke
    faults.py           where tests break it on purpose
    functions.py        the Lambda functions, run in this process
    output.py           what they print, into their log files
    dispatch.py         the event source mapping and the schedule
    workers.py          real worker processes
    postgres.py         a PostgreSQL server with throw-away data
    registry_server.py  MLflow's server in front of it, with artifacts in S3
    children.py         those two as child processes
    environment.py      the variables that lead every process to this AWS and to no other

Production code does not know that it is here: it calls the real API with boto3 and obstore.
"""

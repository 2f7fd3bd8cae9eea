"""Policies for who calls from outside: Airflow's role, and the people who operate a run."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam

from cdk.access import allow
from cdk.cluster.cluster import cluster_name
from cdk.data.resources import DataResources
from cdk.environment import Environment
from cdk.run.resources import RunResources
from cdk.run.roles import grant_operator, grant_orchestrator
from cdk.run.settings import monitoring_settings, operator_settings, output_variables


def add_orchestrator(stack: Stack, *, environment: Environment, data: DataResources, run: RunResources) -> None:
    orchestrator = iam.ManagedPolicy(stack, "Orchestrator", description="opens a run and waits for its summary")
    grant_orchestrator(orchestrator, data, run.alarms)
    if environment.platform:
        # its pods: what else it may do in the cluster, the cluster says (jobs.py)
        cluster = f"cluster/{cluster_name(environment)}"
        arn = f"arn:{stack.partition}:eks:{stack.region}:{stack.account}:{cluster}"
        allow(orchestrator, ["eks:DescribeCluster"], [arn])
    run.manifest.allow_invocation(orchestrator)
    # Airflow's variable: docs/airflow.md
    CfnOutput(stack, "AlarmTopicArn", value=run.alarms.topic.topic_arn)


def add_operator(
    stack: Stack, *, environment: Environment, data: DataResources, run: RunResources, registry_uri: str
) -> None:
    operator = iam.ManagedPolicy(stack, "Operator", description="labeler run ...")
    grant_operator(operator, data, run.work)
    run.manifest.allow_invocation(operator)
    settings = operator_settings(
        environment.run,
        data=data,
        work=run.work,
        manifest_function=run.manifest.function.function_name,
        registry_uri=registry_uri,
    )
    # no setting of a process: what the runbooks' commands name
    named = {
        "TICK_FUNCTION": run.tick.function.function_name,
        "TICK_RULE": run.tick_rule.rule_name,
        "COMPLETION_DEAD_LETTER_QUEUE_URL": data.completion.dead_letters.queue_url,
    }
    output_variables(stack, "OperatorEnvironment", settings, monitoring_settings(data), **named)

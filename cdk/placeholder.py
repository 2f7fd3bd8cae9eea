"""Values that somebody must change before a stage is deployed: the synth stays clean, the deployment is refused."""

from aws_cdk import CfnRule, CfnRuleAssertion, Fn
from constructs import Construct

MARKS = ("your-organisation/", "@example.com")


def refuse_placeholder(scope: Construct, construct_id: str, *, value: str, where: str) -> None:
    """CloudFormation checks rules before it makes anything, and shows their text to whoever deploys."""
    if not any(mark in value for mark in MARKS):
        return
    CfnRule(
        scope,
        construct_id,
        assertions=[
            CfnRuleAssertion(
                assert_=Fn.condition_not(Fn.condition_equals(value, value)),
                assert_description=f"{value} is a placeholder: set {where} in cdk/environments.py",
            )
        ],
    )

"""One resource of each type that moto's CloudFormation leaves out or gets wrong."""

from typing import Any

TARGET = {
    "Id": "total",
    "MetricStat": {"Metric": {"Namespace": "labeler", "MetricName": "UnitsLeft"}, "Period": 60, "Stat": "Sum"},
}

RESOURCES: dict[str, Any] = {
    "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "group"}},
    "Filter": {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "LogGroupName": {"Ref": "Group"},
            "FilterPattern": "ChampionMissing",
            "MetricTransformations": [{"MetricName": "Missing", "MetricNamespace": "labeler", "MetricValue": "1"}],
        },
    },
    "Alarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "late",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "Metrics": [TARGET],
        },
    },
    "Database": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "1", "DatabaseInput": {"Name": "db"}}},
    "Table": {
        "Type": "AWS::Glue::Table",
        "DependsOn": "Database",
        "Properties": {
            "CatalogId": "1",
            "DatabaseName": "db",
            "TableInput": {"Name": "labels", "PartitionKeys": [{"Name": "run_date", "Type": "date"}]},
        },
    },
    "Workgroup": {
        "Type": "AWS::Athena::WorkGroup",
        "Properties": {"Name": "people", "WorkGroupConfiguration": {"EnforceWorkGroupConfiguration": True}},
    },
    "GitHub": {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": "https://tokens.example.com"}},
    "Key": {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": {"Statement": []}, "Tags": [{"Key": "stage", "Value": "dev"}]},
    },
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "notified"}},
    "Bucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketName": "notifying",
            "NotificationConfiguration": {
                "QueueConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "runs/"}]}},
                    }
                ]
            },
        },
    },
}

"""The labels as a table: Glue's catalog, and a workgroup of Athena to query it."""

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.access import allow
from labeler.layout import LABELS, PARTITION_KEYS, label_columns
from labeler.settings import DEFAULT_TASK
from labeler.task import load_task

PARTITION_TYPES = ("date", "string")
RESULTS = "athena/"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


class Catalog(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, labels: s3.IBucket, results: s3.IBucket, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        account = Stack.of(self).account
        self.database_name, self.table_name = name.replace("-", "_"), "labels"
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=self.database_name),
        )
        table = glue.CfnTable(
            self,
            "Labels",
            catalog_id=account,
            database_name=self.database_name,
            table_input=_table(self.table_name, f"s3://{labels.bucket_name}/{LABELS}/"),
        )
        table.add_resource_dependency(database)
        self._add_workgroup(name, results, key)

    def _add_workgroup(self, name: str, results: s3.IBucket, key: kms.IKey) -> None:
        encryption = athena.CfnWorkGroup.EncryptionConfigurationProperty(
            encryption_option="SSE_KMS", kms_key=key.key_arn
        )
        athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=name,
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                # otherwise a client's own settings could write results elsewhere, unencrypted
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{results.bucket_name}/{RESULTS}", encryption_configuration=encryption
                ),
            ),
        )

    def allow_partitions(self, role: iam.Role) -> None:
        """To publish a run's partition. Glue wants the catalog, the database and the table."""
        stack = Stack.of(self)
        parts = ("catalog", f"database/{self.database_name}", f"table/{self.database_name}/{self.table_name}")
        arns = [f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:{part}" for part in parts]
        allow(role, ["glue:GetTable", "glue:CreatePartition", "glue:UpdatePartition"], arns)


def _table(name: str, location: str) -> glue.CfnTable.TableInputProperty:
    return glue.CfnTable.TableInputProperty(
        name=name,
        table_type="EXTERNAL_TABLE",
        parameters={"classification": "parquet", "EXTERNAL": "TRUE"},
        partition_keys=_columns(dict(zip(PARTITION_KEYS, PARTITION_TYPES, strict=True))),
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=_columns(label_columns(load_task(DEFAULT_TASK).identity_columns)),
            location=location,
            input_format=f"{PARQUET}.MapredParquetInputFormat",
            output_format=f"{PARQUET}.MapredParquetOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=f"{PARQUET}.serde.ParquetHiveSerDe"),
        ),
    )


def _columns(types: dict[str, str]) -> list[glue.CfnTable.ColumnProperty]:
    return [glue.CfnTable.ColumnProperty(name=name, type=hive_type) for name, hive_type in types.items()]

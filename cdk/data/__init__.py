"""What must outlive a deployment: buckets, ledger, catalog, the completion queue, and the experiments' files.

resources.py                what the data stack offers to the others
buckets.py                  buckets, and grants on their objects
key_patterns.py             keys of objects as patterns of IAM
ledger.py                   the ledger's table
catalog.py                  the labels as a table: Glue and Athena
queues.py                   a queue with its dead letters
receipt_notifications.py    a message for each receipt
volume.py                   the files that the steps of an experiment share: EFS
mounted_volume.py           the same on the cluster: driver, volume and claim
volume_objects.py           its Kubernetes objects
"""

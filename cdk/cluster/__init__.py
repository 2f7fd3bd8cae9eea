"""The network and the cluster in it: what everything of the platform stands on.

network.py            the network, and the names of its subnets
endpoints.py          services of AWS with an address inside the network, as data
cluster.py            EKS Auto Mode
findings.py           what cdk-nag finds in EKS's and CDK's own roles, and why it stays
container_logs.py     what pods write, to CloudWatch
charts.py             other people's software, by Helm
manifests.py          Kubernetes objects into the cluster
objects.py            what all of our Kubernetes objects share, as plain values
deployments.py        deployments and their pods, as plain values
network_policies.py   who may call whom, as plain values
pods.py               roles for pods
"""

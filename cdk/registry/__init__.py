"""The registry: MLflow's server on the cluster, its database and its address.

resources.py           what the registry stack offers to the others
database.py            PostgreSQL
endpoint.py            one name inside the network for the server
server.py              the server on the cluster
server_objects.py      its Kubernetes objects
server_deployment.py   its deployment
"""

"""Kubernetes objects as plain values: functions from typed arguments to manifests, nothing of CDK."""

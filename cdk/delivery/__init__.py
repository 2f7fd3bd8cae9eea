"""What a workflow needs before it can deploy anything, and what a deployment may do beside deploying.

images.py           a repository for each image
github.py           what GitHub's workflows may become
release_access.py   `labeler release ...`, and the way to the registry for a promotion
"""

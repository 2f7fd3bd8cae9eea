"""From parameters and prepared rows to fitted candidates, each an MLflow run under one parent."""

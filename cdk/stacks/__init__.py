"""One stack for each thing that is deployed, restored or torn down on its own."""

"""What is judged becomes versions in the registry, and the winner a pull request."""

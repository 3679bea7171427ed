"""The client as strangers drive it: by the names that scripts may rely on, and nothing else."""

"""What `doctor` looks at: a module for each thing that a game here depends on."""

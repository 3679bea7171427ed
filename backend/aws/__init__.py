"""Everything that is AWS's own: its SDK, what we provision there, and the Lambda entry points."""

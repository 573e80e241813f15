"""Values to text, one output each."""

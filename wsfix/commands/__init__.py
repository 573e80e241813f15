"""What the command line does, without its options: each returns its text and its exit status, and prints nothing."""

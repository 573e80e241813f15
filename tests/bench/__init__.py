"""How long a look takes beside what it looks at; measured, and never a test that fails on a busy machine."""

"""The project: its settings, routes and entry points."""  # noqa: N999 - named as its owners named it

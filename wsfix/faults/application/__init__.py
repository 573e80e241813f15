"""Faults that the application answers itself: routes, origins, tokens, Socket.IO."""

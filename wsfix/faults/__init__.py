"""One module for each fault: its manual, how it is found, how it is cured."""

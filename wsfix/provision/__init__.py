"""From a blank Debian host to a site: what is needed, what is there, and what is left to do."""

"""One technology each: read its text into common words, word a change in it. Pure text."""

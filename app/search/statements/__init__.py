"""The SQL statements of the search and of similar demands."""

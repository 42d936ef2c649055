"""The statements of the search, one for each answer."""

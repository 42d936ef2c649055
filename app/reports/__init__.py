"""Reports about negotiations: computed tables that combine records of several collections."""
"""Reports about negotiations: computed reads over many records."""

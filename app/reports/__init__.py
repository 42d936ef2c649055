"""Reports about negotiations: computed tables that combine records of several collections."""

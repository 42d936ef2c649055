"""Reports about negotiations: computed reads that combine records of several collections."""

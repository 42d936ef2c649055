"""Reports about negotiations: computed reads over many records."""

"""Rules of the field as SQL relations over sets of records: below the packages that publish them, above the tables."""

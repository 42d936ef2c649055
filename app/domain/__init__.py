"""Rules of the domain, as SQL expressions over sets of records. Depends on the tables only; the packages use it."""

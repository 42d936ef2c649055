"""Rules of the domain, as SQL expressions over sets of records. Depends only on the tables; the domain packages use
it."""

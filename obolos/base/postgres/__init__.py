"""Django's PostgreSQL backend with the tenancy guard hung on every connection."""

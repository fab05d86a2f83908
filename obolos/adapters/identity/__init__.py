"""Who somebody is, as told by the State's identity provider."""

"""The HTTP interface: routes, authentication, ownership, problem details, probes."""

"""What the scenarios share: a server process, clients, upstreams, and how a failure is told."""

"""The practice world: stand-ins for AWS, DNS, ACME, the deployment and EMQX's control side, on loopback only."""

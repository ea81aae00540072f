"""EMQX: the bundle that a deployment is given, EMQX Cloud's Platform and Deployment APIs, and self-managed EMQX."""

"""Let's Encrypt by certbot: run as a child program, its failures named, its certificates read and reused.

certbot     the command line, the environment, and the run itself
failures    what certbot said when it failed, as findings (pure)
lineage     certificates that certbot keeps in a folder, and whether they can be used again
preflight   troubles that can be seen before certbot is run, and so before a rate limit counts them
"""

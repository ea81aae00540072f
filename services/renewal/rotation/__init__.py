"""A new client CA without an outage.

The deployment trusts both CAs from before the first client moves until after the last one has, so no client is refused
on the way. Where a rotation stands is read from the files alone.

stages     where it stands, and where its files lie
entry      whether a client of a CA is let in
trust      bringing the deployment to trust exactly these CAs, proven by clients of each
rotate     going forward, finishing, going back
"""

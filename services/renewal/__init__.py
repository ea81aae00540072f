"""Every renewal after the guide: the server's certificate, the watch over all workspaces, and a new client CA.

timing     when a certificate is to be renewed, and when EMQX Cloud takes it (pure)
issuing    certbot renew
last_good  the bundle that was proven last, to go back to
memory     what a renewal leaves for the next one
renew      renew, upload only what changed, prove it from outside, go back where it does not prove itself
survey     what is served and what lies in the files, of every workspace; status and timeline show it (pure)
rotation   a new client CA without an outage
units      systemd user units, a cron line, certbot's deploy hook
"""

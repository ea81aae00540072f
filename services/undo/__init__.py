"""Taking back what the guide made, piece by piece: each is looked for where it should be, shown, and asked for.

    pieces          what a piece is, and what was found of it
    deployment      two-way TLS on the deployment, and the MQTT user
    certificate     the certificate, revoked with its CA
    dns_record      the CNAME
    iam             certbot's access key, user and policy
    files           what lies in the workspace
    undo            all of them, in the order in which they can be taken back

What is to be taken back is derived from the session and from what is there now, so it can be repeated: what is gone
already is told as gone, and what is no longer the guide's is left alone unless it is named.
"""

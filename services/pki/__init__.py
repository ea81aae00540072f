"""The client side's own PKI: a small CA, client certificates, and what existing files are worth.

    kinds       the key types on offer (light: no library behind it)
    names       distinguished names, and how they are shown
    keys        private keys: making, reading, PEM
    authority   make_ca, make_csr, sign_csr, issue_client
    store       reading from and writing to files
    judge       whether existing certificates are right and are what is asked for

Pure but for `store`; everything but `kinds` brings the library `cryptography` with it.
"""

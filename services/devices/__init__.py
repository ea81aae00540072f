"""Certificates for a fleet: one per device, its CN the device id, from one certificate to a million.

    names       what a device may be called, and its file name
    places      where things lie: folders that never hold more than about a thousand entries
    ledger      the write-ahead register (SQLite): every name and serial number is in it before a file is
    schema      its tables
    issuer      the client CA that signs
    bench       one device's key and certificate, made or recovered, at a worker's bench
    workers     the processes that use every core
    issuing     a whole run: what an earlier one left unfinished first, then what is asked for
    requests    certificate requests (CSR) whose keys never leave their devices
    revocation  the certificate revocation list
    exporting   PEM, PKCS #12, and the index as CSV and JSON

A run may be killed at any moment. The ledger says what was begun; the files say how far it came; running again brings
both together: a name never has two certificates, a serial number is never used twice, no number is left out.
"""

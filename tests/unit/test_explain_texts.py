"""Real error texts of clients, brokers, AWS and the CA, and what each must be taken for."""

from __future__ import annotations

import pytest

from services.explain import explain

# One group for each kind of program: (text, the ids it must name first; several where its words admit several).
# Sources: the library's own files, named at the rows of assets/data/explain that know the text, unless said here.
TEXTS: dict[str, tuple[tuple[str, str], ...]] = {
    "openssl": (
        ("verify error:num=2:unable to get issuer certificate", "ca-file-not-root"),
        ("Verify return code: 2 (unable to get issuer certificate)", "ca-file-not-root"),
        ("error 2 at 1 depth lookup: unable to get issuer certificate", "ca-file-not-root"),
        ("X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT", "ca-file-not-root"),
        ("error 20 at 0 depth lookup: unable to get local issuer certificate", "server-leaf-only"),
        ("error 20 at 1 depth lookup: unable to get local issuer certificate", "ca-file-unrelated"),
        ("Verify return code: 21 (unable to verify the first certificate)", "server-leaf-only"),
        ("Verify return code: 18 (self signed certificate)", "server-self-signed"),  # 1.1.1
        ("Verify return code: 19 (self signed certificate in certificate chain)", "server-private-ca"),  # 1.1.1
        ("verify error:num=24:invalid CA certificate", "issuer-not-ca"),  # 1.1.1
        ("verify error:num=26:unsupported certificate purpose", "server-purpose"),  # 1.1.1
        ("verify error:num=64:IP address mismatch", "hostname-mismatch"),
        ("verify error:num=67:CA certificate key too weak", "key-too-weak"),
        ("verify error:num=68:CA signature digest algorithm too weak", "digest-too-weak"),
        ("verify error:num=10:certificate has expired\nnotAfter=Nov 13 2026 GMT", "server-expired"),
        ("depth=1 C = US, O = X, CN = R3\nverify error:num=10:certificate has expired", "intermediate-expired"),
        (
            "139:error:1408F10B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:331:",
            "not-tls",
        ),
        (
            "error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:s3_pkt.c:1472:SSL alert number 40",
            "client-cert-missing",
        ),
        ("error:14094418:lib(20):func(148):reason(1048)", "client-cert-unknown-ca"),  # without its strings
        ("error:0A00045C:SSL routines::reason(1116)", "client-cert-missing"),
        ("error:1409442E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version", "tls-version"),
        ("error:141A318A:SSL routines:tls_process_ske_dhe:dh key too small", "no-shared-cipher"),
        ("error:0A000102:SSL routines::unsupported protocol", "tls-version"),
        ("error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch", "client-key-mismatch"),
        ("unable to load Private Key\n140:error:0909006C:PEM routines:get_name:no start line", "key-format"),
        ("error:06065064:digital envelope routines:EVP_DecryptFinal_ex:bad decrypt", "client-key-locked"),
    ),
    "python": (
        (
            "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
            "unable to get issuer certificate (_ssl.c:1006)",
            "ca-file-not-root",
        ),
        (
            "ssl.CertificateError: hostname 'mqtt.example.com' doesn't match 'x.example.com'",
            "hostname-mismatch",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch, certificate is not valid "
            "for '10.0.0.1'. (_ssl.c:1129)",
            "hostname-mismatch",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate in certificate chain "
            "(_ssl.c:1129)",
            "server-private-ca",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Missing Authority Key Identifier (_ssl.c:1028)",
            "issuer-not-ca",
        ),
        ("ssl.SSLError: [SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "client-cert-missing"),
        ("ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:1007)", "client-cert-missing"),
        ("ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "not-tls"),
        ("ssl.SSLError: [SSL: NO_PROTOCOLS_AVAILABLE] no protocols available (_ssl.c:997)", "tls-version"),
        ("ssl.SSLError: [SSL: EE_KEY_TOO_SMALL] ee key too small (_ssl.c:3926)", "key-too-weak"),
        ("ssl.SSLError: [SSL] PEM lib (_ssl.c:3900)", "ca-file-unreadable"),
        ("socket.gaierror: [Errno -2] Name or service not known", "name-not-found"),
        ("socket.gaierror: [Errno 8] nodename nor servname provided, or not known", "name-not-found"),  # macOS
        ("ConnectionRefusedError: [Errno 61] Connection refused", "connection-refused"),  # macOS
        ("TimeoutError: [Errno 110] Connection timed out", "connection-timeout"),
        ("OSError: [Errno 113] No route to host", "connection-timeout"),
        ("ConnectionResetError: [WinError 10054] An existing connection was forcibly closed by the remote host", "connection-reset"),
    ),
    "node and MQTTX": (
        ("Error: unable to get issuer certificate\n  code: 'UNABLE_TO_GET_ISSUER_CERT'", "ca-file-not-root"),
        ("Error: unable to verify the first certificate", "server-leaf-only"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "server-leaf-only"),
        ("code: 'DEPTH_ZERO_SELF_SIGNED_CERT'", "server-self-signed"),
        ("SELF_SIGNED_CERT_IN_CHAIN", "server-private-ca"),
        ("CERT_HAS_EXPIRED", "server-expired"),
        (
            "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: "
            "Host: a.example.com. is not in the cert's altnames: DNS:b.example.com",
            "hostname-mismatch",
        ),
        ("Error: connect ECONNREFUSED 127.0.0.1:8883", "connection-refused"),
        ("Error: getaddrinfo ENOTFOUND mqtt.exmaple.com", "name-not-found"),
        ("Error: getaddrinfo EAI_AGAIN mqtt.example.com", "name-not-found"),
        ("Error: connect ETIMEDOUT 10.1.2.3:8883", "connection-timeout"),
        ("Error: read ECONNRESET", "connection-reset"),
        ("Client network socket disconnected before secure TLS connection was established", "not-tls"),
        ("Error: Connection refused: Not authorized", "mqtt-credentials"),
        ("Error: Connection refused: Bad username or password", "mqtt-credentials"),
        ("Error: Connection refused: Identifier rejected", "mqtt-client-id"),
        ("Error: Connection refused: Unsupported protocol version", "mqtt-protocol"),
        ("Error: connack timeout", "connection-timeout"),
        ("Error: Unexpected server response: 400", "websocket-mismatch"),
        ("error:0480006C:PEM routines::no start line", "ca-file-unreadable"),
        ("ERR_OSSL_X509_KEY_VALUES_MISMATCH", "client-key-mismatch"),
        ("Error: error:1E08010C:DECODER routines::unsupported", "key-format"),
    ),
    "java": (
        ("java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty", "trust-store-empty"),
        (
            "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed",
            "server-expired",
        ),
        ("java.security.cert.CertificateExpiredException: NotAfter: Thu Nov 13 2026", "server-expired"),
        ("java.security.cert.CertificateNotYetValidException: NotBefore: Thu Dec 03 2026", "server-not-yet-valid"),
        ("java.security.cert.CertPathValidatorException: Trust anchor for certification path not found.", "ca-file-unrelated"),
        ("CertPathValidatorException: Algorithm constraints check failed on signature algorithm: SHA1withRSA", "digest-too-weak"),
        ("CertPathValidatorException: basic constraints check failed: this is not a CA certificate", "issuer-not-ca"),
        ("SSLHandshakeException: No subject alternative names present", "hostname-mismatch"),
        ("SSLPeerUnverifiedException: Hostname a.example.com not verified:", "hostname-mismatch"),
        ("javax.net.ssl.SSLException: Unsupported or unrecognized SSL message", "not-tls"),
        ("SSLHandshakeException: Remote host terminated the handshake", "client-cert-missing"),
        ("SSLHandshakeException: No appropriate protocol (protocol is disabled or cipher suites are inappropriate)", "tls-version"),
        ("SSLHandshakeException: Received fatal alert: bad_certificate", "client-cert-unknown-ca"),
        ("java.io.IOException: Keystore was tampered with, or password was incorrect", "client-key-locked"),
        ("InvalidKeySpecException: java.security.InvalidKeyException: IOException : algid parse error, not a sequence", "key-format"),
        ("Caused by: java.net.UnknownHostException: mqtt.example.com", "name-not-found"),
        ("java.net.SocketTimeoutException: connect timed out", "connection-timeout"),
        ("MqttException (4) - Bad user name or password", "mqtt-credentials"),
        ("Not authorized to connect (5)", "mqtt-credentials"),
        ("Invalid client ID (2)", "mqtt-client-id"),
    ),
    "go": (
        ("x509: certificate signed by unknown authority", "ca-file-unrelated"),
        (
            "x509: certificate has expired or is not yet valid: current time 2026-11-23T14:52:33Z is after 2026-11-13T13:51:13Z",
            "server-expired",
        ),
        (
            "x509: certificate has expired or is not yet valid: current time 1970-01-01T00:00:09Z is before 2026-09-01T00:00:00Z",
            "server-not-yet-valid",
        ),
        ("x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs", "hostname-mismatch"),
        ("x509: certificate relies on legacy Common Name field, use SANs instead", "hostname-mismatch"),
        ("tls: first record does not look like a TLS handshake", "not-tls"),
        ("remote error: tls: bad certificate", "client-cert-unknown-ca"),
        ("remote error: tls: expired certificate", "client-cert-expired"),
        ("remote error: tls: unknown certificate authority", "client-cert-unknown-ca"),
        ("tls: failed to find any PEM data in key input", "key-format"),
        ("tls: private key does not match public key", "client-key-mismatch"),
        ("x509: failed to load system roots and no roots provided", "trust-store-empty"),
        ("dial tcp: lookup mqtt.example.com: no such host", "name-not-found"),
        ("dial tcp 10.0.0.1:8883: i/o timeout", "connection-timeout"),
        ("network Error : bad user name or password", "mqtt-credentials"),
        ("tls: client didn't provide a certificate", "client-cert-missing"),
        ("tls: failed to verify client certificate: x509: certificate signed by unknown authority", "client-cert-unknown-ca"),
        (
            "tls: failed to verify client certificate: x509: certificate specifies an incompatible key usage",
            "client-cert-purpose",
        ),
    ),
    "dotnet": (
        ("The remote certificate is invalid because of errors in the certificate chain: PartialChain", "server-leaf-only"),
        ("The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot", "server-private-ca"),
        ("The remote certificate is invalid because of errors in the certificate chain: NotTimeValid", "server-expired"),
        (
            "The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch",
            "hostname-mismatch",
        ),
        ("Cannot determine the frame size or a corrupted frame was received.", "not-tls"),
        ("The client and server cannot communicate, because they do not possess a common algorithm", "tls-version"),
        ("Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'.", "client-cert-missing"),
        ("System.Net.Sockets.SocketException (11001): No such host is known", "name-not-found"),
        ("SocketException (10061): No connection could be made because the target machine actively refused it", "connection-refused"),
        ("MQTTnet: Connecting with MQTT server failed (BadUserNameOrPassword).", "mqtt-credentials"),
        ("schannel: SEC_E_UNTRUSTED_ROOT (0x80090325)", "ca-file-unrelated"),
        ("schannel: SNI or certificate check failed: SEC_E_WRONG_PRINCIPAL (0x80090322)", "hostname-mismatch"),
    ),
    "rustls": (
        ("invalid peer certificate: UnknownIssuer", "ca-file-unrelated"),
        ("Custom { kind: InvalidData, error: InvalidCertificate(NotValidForName) }", "hostname-mismatch"),
        ("invalid peer certificate: certificate expired: verification time 1795000000 (UNIX)", "server-expired"),
        ("received fatal alert: UnknownCA", "client-cert-unknown-ca"),
        ("received fatal alert: CertificateRequired", "client-cert-missing"),
        ("received corrupt message of type InvalidContentType", "not-tls"),
        ("peer sent no certificates", "client-cert-missing"),
        ("Connection refused (os error 111)", "connection-refused"),
    ),
    "embedded": (
        ("E (7042) esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x2700\nE (7042) esp-tls-mbedtls: flags=0x200", "client-clock-wrong"),
        ("E (5003) esp-tls: couldn't get hostname for :mqtt.example.com: getaddrinfo() returns 202", "name-not-found"),
        ("E (9) esp-tls: [sock=54] select() timeout", "connection-timeout"),
        ("E (6301) transport_base: Failed to open a new connection: 32774", "connection-timeout"),
        ("last_esp_err 0x8001", "name-not-found"),
        ("W esp-tls-mbedtls: mbedtls_x509_crt_parse returned -0x2180", "ca-file-unreadable"),
        ("E esp-tls-mbedtls: No server verification option set in esp_tls_cfg_t structure. Check esp_tls API reference", "trust-store-empty"),
        ("W mqtt_client: Connection refused, bad username or password", "mqtt-credentials"),
        ("W mqtt_client: Connection refused, not authorized", "mqtt-credentials"),
        (
            "[E][ssl_client.cpp:37] _handle_error(): [start_ssl_client():273]: (-9984) X509 - Certificate verification "
            "failed, e.g. CRL, CA or signature check failed",
            "ca-file-unrelated",
        ),
        ("(-32512) SSL - Memory allocation failed", "client-out-of-memory"),
        ("mbedtls -0x7200", "not-tls"),
        ("mbedtls_ssl_handshake: -0x7280", "client-cert-missing"),
        ("mbedtls_pk_parse_key returned -0x3D00", "key-format"),
        ("mbedTLS error -0x52", "name-not-found"),
        ("BearSSL: Chain could not be linked to a trust anchor.", "ca-file-unrelated"),
        ("Certificate is expired or not yet valid.", "client-clock-wrong"),
        ("Expected server name was not found in the chain.", "hostname-mismatch"),
        ("wolfSSL error = -188, ASN no signer error to confirm failure", "ca-file-unrelated"),
        ("ASN date error, current date is after expiration", "server-expired"),  # wolfSSL 5.7
        ("ASN date error, current date before", "server-not-yet-valid"),  # wolfSSL 5.5
        ("peer subject name mismatch", "hostname-mismatch"),
        ("*** Fatal error: Error in the pull function.", "not-tls"),
        ("Attempting MQTT connection...failed, rc=5 try again in 5 seconds", "mqtt-credentials"),
        ("failed, rc=-2 try again in 5 seconds", "connection-refused"),
    ),
    "curl": (
        ("curl: (60) SSL certificate problem: unable to get local issuer certificate", "ca-file-unrelated"),
        ("curl: (60) SSL: no alternative certificate subject name matches target host name 'a'", "hostname-mismatch"),
        ("curl: (6) Could not resolve host: mqtt.example.com", "name-not-found"),
        ("curl: (7) Failed to connect to h port 8883 after 0 ms: Couldn't connect to server", "connection-refused"),
        ("curl: (28) Connection timed out after 5001 milliseconds", "connection-timeout"),
        ("curl: (35) error:0A00010B:SSL routines::wrong version number", "not-tls"),
        ("curl: (58) unable to set private key file: 'client.key' type PEM", "client-key-mismatch"),
        ("curl: (77) error setting certificate file: root.pem", "ca-file-unreadable"),
        ("* TLSv1.3 (IN), TLS alert, unknown CA (560):", "client-cert-unknown-ca"),
        ("* TLSv1.3 (OUT), TLS alert, unknown CA (560):", "ca-file-unrelated"),
    ),
    "mosquitto and paho": (
        ("Error: host name verification failed.", "hostname-mismatch"),
        ("Connection error: Connection Refused: not authorised.", "mqtt-credentials"),
        ("Connection error: Connection Refused: bad user name or password.", "mqtt-credentials"),
        ("Connection error: Connection Refused: identifier rejected.", "mqtt-client-id"),
        ("Error: Lookup error.", "name-not-found"),
        ('Error: Unable to load client key file "mismatch.key".', "client-key-mismatch"),
        ("Client auto-1 received CONNACK (5)", "mqtt-credentials"),
        ("Connected with result code 5", "mqtt-credentials"),
        ("Connected with result code Not authorized", "mqtt-credentials"),
        ("Failed to connect: Bad user name or password", "mqtt-credentials"),
        ("ReasonCode(Connack, 'Client identifier not valid')", "mqtt-client-id"),
        ("Not authorized", "mqtt-credentials"),
        ("0x87", "mqtt-credentials"),
        ("reason code 132", "mqtt-protocol"),
        ("failed to receive on socket: [SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "client-cert-missing"),
    ),
    "brokers": (
        (
            "1700000000: New connection from 10.0.0.9:51000 on port 8883.\n1700000000: OpenSSL Error[0]: error:0A000418:"
            "SSL routines::tlsv1 alert unknown ca\n1700000000: Client <unknown> disconnected: Protocol error.",
            "ca-file-unrelated",
        ),
        (
            "1700000000: New connection from 10.0.0.9:51000 on port 8883.\n1700000000: OpenSSL Error[0]: error:0A0000C7:"
            "SSL routines::peer did not return a certificate",
            "client-cert-missing",
        ),
        (
            "1700000000: New connection from 10.0.0.9:51000 on port 8883.\n1700000000: OpenSSL Error[0]: error:0A000086:"
            "SSL routines::certificate verify failed",
            "client-cert-unknown-ca",
        ),
        (
            '{ssl_error,{tls_alert,{unknown_ca,"TLS server: In state certify received CLIENT ALERT: Fatal - Unknown CA\\n"}}}',
            "ca-file-unrelated",
        ),
        (
            '{ssl_error,{tls_alert,{unknown_ca,"TLS server: In state certify at ssl_handshake.erl:1887 generated SERVER '
            'ALERT: Fatal - Unknown CA\\n"}}}',
            "client-cert-unknown-ca",
        ),
        (
            '{tls_alert,{certificate_required,"TLS server: In state wait_cert at tls_handshake_1_3.erl:452 generated '
            'SERVER ALERT: Fatal - Certificate required"}}',
            "client-cert-missing",
        ),
        (
            '2023-05-05T16:19:59.117098+08:00 [error] supervisor: \'esockd_connection_sup - <0.2576.0>\', errorContext: '
            "connection_shutdown, reason: {ssl_error,{tls_alert,{certificate_revoked,\"TLS server: In state wait_cert at "
            'ssl_handshake.erl:2098 generated SERVER ALERT: Fatal - Certificate Revoked\\n"}}}',
            "client-cert-revoked",
        ),
        (
            "TLS server: In state certify at ssl_handshake.erl:1289 generated SERVER ALERT: Fatal - Handshake Failure - "
            "{bad_cert,invalid_ext_key_usage}",
            "client-cert-purpose",
        ),
        ("TLS server: In state start received CLIENT ALERT: Fatal - Certificate Expired", "server-expired"),
        ("TLS server: In state hello at tls_record.erl:564 generated SERVER ALERT: Fatal - Unexpected Message - "
         "{unsupported_record_type,16}", "not-tls"),
        ("2026-11-23T10:00:00 [warning] clientid: a, msg: authorization_permission_denied, topic: t/1", "mqtt-not-authorized"),
        ("{bad_ssl_config,#{reason => failed_to_parse_keyfile,which_option => <<\"keyfile\">>}}", "server-files-unreadable"),
        ('{"code":"BAD_API_KEY_OR_SECRET","message":"Check api_key/api_secret"}', "emqx-bad-credentials"),
        ("http: TLS handshake error from 10.0.0.1:5: remote error: tls: bad certificate", "hostname-mismatch"),
        ("Error: Server certificate/key are inconsistent.", "key-mismatch"),
        ("Denied PUBLISH from dev1 (d0, q0, r0, m0, 'a/b', ... (5 bytes))", "mqtt-not-authorized"),
        ("Client dev1 already connected, closing old connection.", "mqtt-client-id"),
        ("emqx@10.0.0.1 [error] certificate verify error: verify error:num=10:certificate has expired", "client-cert-expired"),
    ),
    "aws": (
        ("botocore.exceptions.NoCredentialsError: Unable to locate credentials", "aws-no-credentials"),
        ("PartialCredentialsError: Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY", "aws-no-credentials"),
        ("botocore.exceptions.ProfileNotFound: The config profile (x) could not be found", "aws-no-credentials"),
        (
            "An error occurred (InvalidClientTokenId) when calling the ListHostedZones operation: The security token "
            "included in the request is invalid.",
            "aws-bad-credentials",
        ),
        ("An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation", "aws-bad-credentials"),
        ("An error occurred (SignatureDoesNotMatch) when calling the X operation: Signature expired: 2026 is now earlier", "aws-clock-skew"),
        ("An error occurred (ExpiredToken) when calling the ListHostedZones operation", "aws-expired-token"),
        ("An error occurred (RequestExpired) when calling the ListHostedZones operation", "aws-clock-skew"),
        (
            "An error occurred (AccessDenied) when calling the ChangeResourceRecordSets operation: User: "
            "arn:aws:iam::1:user/u is not authorized to perform: route53:ChangeResourceRecordSets on resource: arn:aws:x",
            "aws-access-denied",
        ),
        ("Unable to find a Route53 hosted zone for _acme-challenge.mqtt.example.com", "aws-zone-not-found"),
        ("An error occurred (Throttling) when calling the ListHostedZones operation: Rate exceeded", "aws-throttled"),
        ("NoRegionError: You must specify a region.", "aws-no-region"),
    ),
    "acme and certbot": (
        (
            "Identifier: mqtt.example.com\nType:   dns\nDetail: DNS problem: NXDOMAIN looking up TXT for "
            "_acme-challenge.mqtt.example.com - check that a DNS record exists for this domain",
            "acme-dns-not-found",
        ),
        ("Type:   dns\nDetail: DNS problem: SERVFAIL looking up TXT for _acme-challenge.x.org", "acme-dns-failure"),
        (
            "Domain: x.org\nType:   unauthorized\nDetail: Incorrect TXT record \"abc\" found at _acme-challenge.x.org\n"
            "Certificate Authority",
            "acme-unauthorized",
        ),
        ("CAA record for mqtt.example.com prevents issuance", "acme-caa-forbids"),
        (
            "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after",
            "acme-rate-limit",
        ),
        ('too many failed authorizations (5) for "x.org" in the last 1h0m0s', "acme-rate-limit"),
        ("The requested dns-route53 plugin does not appear to be installed", "certbot-plugin-missing"),
        ("Another instance of Certbot is already running.", "certbot-already-running"),
        ("certbot: error: unrecognized arguments: --dns-route53-propagation-seconds 30", "certbot-usage"),
        (
            "The following error was encountered:\n[Errno 13] Permission denied: '/var/log/letsencrypt/.certbot.lock'",
            "folder-not-writable",
        ),
        ("urn:ietf:params:acme:error:rejectedIdentifier :: Domain name does not end with a valid public suffix (TLD)", "bad-domain"),
        ("Timed out waiting for Route53 change. Current status: PENDING", "aws-change-pending"),
    ),
}

CASES = [pytest.param(text, wanted, id=f"{group}-{number}") for group, rows in TEXTS.items() for number, (text, wanted) in enumerate(rows)]


@pytest.mark.parametrize(("pasted", "wanted"), CASES)
def test_the_first_cause_is_the_one_the_text_speaks_of(pasted: str, wanted: str) -> None:
    assert [cause.id for cause in explain(pasted)][:1] == [wanted]


ORDINARY = (
    "Hello world",
    "The meeting about the root cause of last week's outage is at 10:40 in room 48.",
    "Please renew your passport before it expires.",
    "commit 7e36a19: fix timeout handling in the parser",
    "Traceback (most recent call last):\n  File \"a.py\", line 20, in <module>\n    print(x[10])\nIndexError: list index out of range",
    "KeyError: 'certificate'",
    "bash: line 2: unexpected EOF while looking for matching `\"'",
    "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1",
    "HTTP/1.1 404 Not Found",
    "GET /index.html HTTP/1.1 200 21 0x87",
    "error: pathspec 'main' did not match any file(s) known to git",
    "Segmentation fault (core dumped)",
    "The client certificate is valid and the server certificate is trusted.",
    "TLS handshake completed, cipher TLS_AES_256_GCM_SHA384",
    "Successfully received certificate.\nCertificate is saved at: /etc/letsencrypt/live/x.org/fullchain.pem",
    "Verify return code: 0 (ok)",
    "Connected with result code 0",
    "Client auto-1 received CONNACK (0)",
    "I (1327) wifi:connected with lab, aid = 14\nI (3037) esp-x509-crt-bundle: Certificate validated",
    "curl: (3) URL using bad/illegal format or missing URL",
    "make: *** [Makefile:20: all] Error 2",
    "rc=0 elapsed=40",
    "Disk usage at 95 %, 20 GB left; error rate 2 %",
    "The user is not logged in.",
    "-1 -2 -3 -80 -188",
    "docker: invalid reference format",
    "flags=0x8 mode=0x1a4",
    "SELECT * FROM alerts WHERE number = 48",
    "version 3.0.19 27 Jan 2026",
    "password must contain 8 characters",
)


@pytest.mark.parametrize("pasted", ORDINARY)
def test_an_ordinary_text_is_not_taken_for_an_error(pasted: str) -> None:
    assert [cause.id for cause in explain(pasted)] == []

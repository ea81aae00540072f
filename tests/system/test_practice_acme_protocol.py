"""The ACME server word by word: RFC 8555, RFC 9773, and Let's Encrypt's limits and refusals."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from acme import client, messages
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from josepy.json_util import encode_b64jose
from josepy.jwa import ES256, HS256
from josepy.jwk import JWKEC, JWKOct

from tests.system.acme_world import CHALLENGE, NAME, User, World, chain, csr, inner_jws, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEY = ec.generate_private_key(ec.SECP256R1())
_SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as running:
        yield running


@pytest.fixture
def user(here: World) -> Iterator[User]:
    with closing(User(here)) as known:
        yield known


@pytest.fixture
def stranger(here: World) -> Iterator[User]:
    with closing(User(here, register=False)) as unknown:
        yield unknown


def _refused(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, type, and detail of a problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    return answer.status_code, document["type"].removeprefix("urn:ietf:params:acme:error:"), document["detail"]


def test_the_acme_library_goes_all_the_way(here: World) -> None:
    net = client.ClientNetwork(JWKEC(key=_KEY), alg=ES256)
    acme = client.ClientV2(client.ClientV2.get_directory(here.acme.directory_url, net), net)
    acme.new_account(messages.NewRegistration.from_data(email="a@b.test", terms_of_service_agreed=True))
    request = x509.load_der_x509_csr(csr((NAME, f"*.{NAME}"))).public_bytes(Encoding.PEM)
    order = acme.new_order(request, profile="classic")
    assert {one.body.wildcard for one in order.authorizations} == {None, True}
    for authorization in order.authorizations:
        challenge = authorization.body.challenges[0]
        validation = challenge.chall.validation(net.key)
        here.zone.add(f'{CHALLENGE}. 0 IN TXT "{validation}"')
        acme.answer_challenge(challenge, challenge.chall.response(net.key))
    soon = datetime.now() + timedelta(seconds=20)  # noqa: DTZ005 - the library compares with naive local time
    done = acme.finalize_order(acme.poll_authorizations(order, soon), soon, fetch_alternative_chains=True)
    leaf = chain(done.fullchain_pem)[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert sorted(names.get_values_for_type(x509.DNSName)) == [f"*.{NAME}", NAME]
    assert [len(chain(pem)) for pem in (done.fullchain_pem, *done.alternative_fullchains_pem)] == [4, 3, 2]

    due, _ = acme.renewal_time(leaf.public_bytes(Encoding.PEM))
    assert due is not None
    assert timedelta(days=27) < leaf.not_valid_after_utc - due < timedelta(days=33)
    acme.revoke(leaf, 4)
    due_now, _ = acme.renewal_time(leaf.public_bytes(Encoding.PEM))
    assert due_now is not None
    assert due_now < here.clock.now
    with pytest.raises(messages.Error, match="already revoked"):
        acme.revoke(leaf, 4)


def test_the_directory_says_what_lets_encrypts_says(user: User) -> None:
    meta = user.directory["meta"]
    assert meta["caaIdentities"] == ["letsencrypt.org"]
    assert "classic" in meta["profiles"]
    assert meta["termsOfService"].startswith("https://letsencrypt.org/")


def test_a_nonce_is_good_once(user: User) -> None:
    nonce = user.nonce()
    assert user.post(user.directory["newOrder"], {"identifiers": []}, nonce=nonce).status_code == 400
    status, kind, detail = _refused(user.post(user.directory["newOrder"], {"identifiers": []}, nonce=nonce))
    assert (status, kind) == (400, "badNonce")
    assert detail == f'Unable to validate JWS :: JWS has an invalid anti-replay nonce: "{nonce}"'


@pytest.mark.parametrize(
    ("header", "kind", "words"),
    [
        ({"url": "http://127.0.0.1/elsewhere"}, "malformed", "JWS header parameter 'url' incorrect"),
        ({"kid": "http://127.0.0.1/acct/999"}, "accountDoesNotExist", "not found"),
        ({"key": JWKEC(key=_KEY)}, "malformed", "JWS verification error"),
        ({"key": JWKOct(key=b"secret"), "alg": HS256}, "badSignatureAlgorithm", 'unsupported algorithm "HS256"'),
        ({"kid": None}, "malformed", "No Key ID in JWS header"),
    ],
)
def test_a_wrong_envelope_is_refused(user: User, header: dict[str, Any], kind: str, words: str) -> None:
    request = {"identifiers": [{"type": "dns", "value": NAME}]}
    if header.get("url"):
        answer = user.http.post(user.directory["newOrder"], content=user.signed(header["url"], request))
    else:
        answer = user.post(user.directory["newOrder"], request, **header)
    status, told, detail = _refused(answer)
    assert (status, told) == (400, kind)
    assert words in detail


def test_accounts_are_found_updated_and_given_up(user: User, stranger: User) -> None:
    again = user.register(onlyReturnExisting=True)
    assert (again.status_code, again.headers["Location"]) == (200, user.url)
    assert _refused(stranger.register(onlyReturnExisting=True))[1] == "accountDoesNotExist"
    assert _refused(stranger.register(termsOfServiceAgreed=False))[2] == "must agree to terms of service"
    assert user.url
    assert user.post(user.url, {"contact": ["mailto:me@example.test"]}).json()["contact"] == ["mailto:me@example.test"]
    assert _refused(user.post(user.url, {"contact": ["tel:1"]}))[1] == "unsupportedContact"
    assert user.post(user.url, {"status": "deactivated"}).json()["status"] == "deactivated"
    status, kind, detail = _refused(user.order())
    assert (status, kind) == (403, "unauthorized")
    assert 'has status "deactivated"' in detail


def test_an_account_changes_its_key(user: User, stranger: User) -> None:
    new = JWKEC(key=_KEY)
    url = user.directory["keyChange"]

    def change(to: JWKEC) -> httpx.Response:
        payload = {"account": user.url, "oldKey": user.key.public_key().to_json()}
        return user.post(url, inner_jws(to, url, payload))

    assert change(new).status_code == 200
    user.key = new
    assert user.order().status_code == 201
    stranger.url = stranger.register().headers["Location"]
    taken = change(stranger.key)
    assert _refused(taken)[:2] == (409, "conflict")
    assert taken.headers["Location"] == stranger.url


def test_what_belongs_to_one_account_is_hidden_from_others(user: User, here: World) -> None:
    order = user.order()
    download = user.issue("a.example.test").url
    with closing(User(here)) as other:
        assert other.post(order.headers["Location"]).status_code == 404
        assert _refused(other.post(order.json()["authorizations"][0]))[1] == "unauthorized"
        assert _refused(other.post(str(download)))[1] == "unauthorized"


def test_five_certificates_for_one_set_of_names_and_the_sixth_a_day_and_a_half_later(user: User, here: World) -> None:
    for _ in range(5):
        user.issue()
    refused = user.order()
    status, kind, detail = _refused(refused)
    assert (status, kind) == (429, "rateLimited")
    wait = timedelta(hours=33, minutes=36)
    until = (here.clock.now + wait).strftime("%Y-%m-%d %H:%M:%S UTC")
    assert detail == (
        "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, "
        f"retry after {until}: see "
        "https://letsencrypt.org/docs/rate-limits/#new-certificates-per-exact-set-of-identifiers"
    )
    assert refused.headers["Retry-After"] == str(int(wait.total_seconds()))
    user.issue(NAME, "other.example.test")
    here.clock.forward(wait)
    user.issue()
    assert user.order().status_code == 429


def test_five_failed_authorizations_an_hour(user: User, here: World) -> None:
    for _ in range(5):
        (authorization,) = user.answer(user.order(), publish=False)
        assert authorization["status"] == "invalid"
    detail = _refused(user.order())[2]
    assert detail.startswith(f'too many failed authorizations (5) for "{NAME}" in the last 1h0m0s, retry after ')
    here.clock.forward(timedelta(minutes=12))
    assert user.order().status_code == 201


def test_a_renewal_that_says_what_it_replaces_is_exempt_from_limits(user: User) -> None:
    leaf = chain(user.issue().text)[0]
    for _ in range(4):
        user.issue()
    assert user.order().status_code == 429
    key_id = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert key_id
    serial = leaf.serial_number.to_bytes(leaf.serial_number.bit_length() // 8 + 1)
    replaces = f"{encode_b64jose(key_id)}.{encode_b64jose(serial)}"
    user.issue(replaces=replaces)
    assert _refused(user.order(replaces=replaces))[:2] == (409, "alreadyReplaced")


@pytest.mark.parametrize(
    ("names", "kind", "words"),
    [
        ((), "malformed", "did not specify any identifiers"),
        (("localhost",), "rejectedIdentifier", "needs at least one dot"),
        (("a_b.example.test",), "rejectedIdentifier", "invalid character"),
        (("a.*.example.test",), "rejectedIdentifier", "invalid wildcard"),
        (("127.0.0.1",), "rejectedIdentifier", "IP address"),
        ((NAME, "*.example.test"), "malformed", "redundant with a wildcard domain"),
    ],
)
def test_names_that_cannot_be_had(user: User, names: tuple[str, ...], kind: str, words: str) -> None:
    identifiers = [{"type": "dns", "value": name} for name in names]
    _, told, detail = _refused(user.post(user.directory["newOrder"], {"identifiers": identifiers}))
    assert told == kind
    assert words in detail


@pytest.mark.parametrize(
    ("signing_request", "kind", "words"),
    [
        (csr(("other.example.test",)), "unauthorized", "CSR does not specify same identifiers as Order"),
        (csr((NAME, "b.example.test")), "unauthorized", "CSR does not specify same identifiers as Order"),
        (csr((NAME,))[:-1] + b"\x00", "badCSR", "invalid signature on CSR"),
        (csr((NAME,), _SHORT), "badCSR", "key size not supported: 1024"),
        (csr((NAME,), ec.generate_private_key(ec.SECP521R1())), "badCSR", "ECDSA curve secp521r1 not allowed"),
        (b"no request", "malformed", "Error parsing certificate request"),
    ],
    ids=["other-name", "one-name-too-many", "signature", "rsa-1024", "p-521", "no-request"],  # the same in every worker
)
def test_requests_that_are_not_signed(user: User, signing_request: bytes, kind: str, words: str, here: World) -> None:
    order = user.order()
    user.answer(order)
    _, told, detail = _refused(user.finalize(order, signing_request))
    assert told == kind
    assert words in detail
    assert not here.acme.issued


def test_the_account_key_is_no_certificate_key(user: User) -> None:
    user.key = JWKEC(key=_KEY)
    user.url = user.register().headers["Location"]
    order = user.order()
    user.answer(order)
    assert "must be different than account key" in _refused(user.finalize(order, csr((NAME,), _KEY)))[2]


def test_an_unproven_order_is_not_finalized(user: User) -> None:
    order = user.order()
    assert order.json()["status"] == "pending"
    assert _refused(user.finalize(order, csr((NAME,))))[:2] == (403, "orderNotReady")
    assert user.post(order.json()["authorizations"][0], {"status": "deactivated"}).json()["status"] == "deactivated"
    assert user.post(order.headers["Location"]).json()["status"] == "invalid"


def test_an_order_expires(user: User, here: World) -> None:
    order = user.order()
    here.clock.forward(timedelta(days=8))
    assert user.post(order.headers["Location"]).json()["status"] == "invalid"
    assert user.post(order.json()["authorizations"][0]).json()["status"] == "expired"


def test_a_challenge_delegated_by_cname_is_found(user: User, here: World) -> None:
    order = user.order()
    here.zone.add(f"{CHALLENGE}. 0 IN CNAME elsewhere.example.test.")
    here.zone.add('elsewhere.example.test. 0 IN TXT "another"')
    (authorization,) = user.answer(order, publish=False)
    assert authorization["challenges"][0]["error"]["detail"] == f'Incorrect TXT record "another" found at {CHALLENGE}'


def test_a_broken_name_server_is_told(user: User, here: World) -> None:
    here.zone.failing = True
    (authorization,) = user.answer(user.order(), publish=False)
    words = "SERVFAIL looking up TXT for {} - the domain's nameservers may be malfunctioning"
    assert authorization["challenges"][0]["error"]["detail"] == f"DNS problem: {words.format(CHALLENGE)}"


def test_no_txt_record_among_others_is_told(user: User, here: World) -> None:
    here.zone.add(f"{CHALLENGE}. 0 IN A 127.0.0.1")
    (authorization,) = user.answer(user.order(), publish=False)
    assert authorization["challenges"][0]["error"]["detail"] == f"No TXT record found at {CHALLENGE}"


def test_the_certificates_own_key_revokes_and_a_strangers_does_not(user: User, stranger: User) -> None:
    order = user.order()
    user.answer(order)
    leaf = chain(user.post(user.finalize(order, csr((NAME,), _KEY)).json()["certificate"]).text)[0]
    request = {"certificate": encode_b64jose(leaf.public_bytes(Encoding.DER))}
    url = user.directory["revokeCert"]
    assert _refused(stranger.post(url, request))[1] == "unauthorized"
    assert _refused(user.post(url, request | {"reason": 2}))[1] == "badRevocationReason"
    assert stranger.post(url, request, key=JWKEC(key=_KEY)).status_code == 200
    assert _refused(user.post(url, request))[1] == "alreadyRevoked"


def test_issuers_are_published_where_the_certificates_say(user: User) -> None:
    certificates = chain(user.issue().text)
    for lower, upper in pairwise(certificates):
        (where,) = lower.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        served = httpx.get(where.access_location.value, trust_env=False)
        assert served.headers["Content-Type"] == "application/pkix-cert"
        assert x509.load_der_x509_certificate(served.content) == upper


def test_every_signing_requestis_in_the_journal(user: User, here: World) -> None:
    user.http.get(f"{user.directory['newNonce']}/nowhere")
    new_order = user.order()
    user.post(new_order.headers["Location"])
    *_, lost, _, order, _, poll = here.acme.requests
    assert (lost.method_or_action, lost.status, lost.write) == ("GET", 404, False)
    assert (order.method_or_action, order.target, order.status, order.write) == ("POST", "/new-order", 201, True)
    assert (poll.status, poll.write) == (200, False)


def test_nothing_is_left_after_stop(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with world(tmp_path) as running:
        acme = running.acme
        with closing(User(running)) as somebody:
            somebody.issue()
    acme.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(acme.directory_url, trust_env=False)
    assert {one for one in threading.enumerate() if one.is_alive()} <= before


def test_whoever_has_proven_all_names_since_may_revoke(user: User, here: World) -> None:
    leaf = chain(user.issue(NAME, "a.example.test").text)[0]
    request = {"certificate": encode_b64jose(leaf.public_bytes(Encoding.DER)), "reason": 1}
    with closing(User(here)) as successor:
        url = successor.directory["revokeCert"]
        successor.issue(NAME)
        assert "does not control all identifiers" in _refused(successor.post(url, request))[2]
        successor.issue("a.example.test")
        assert successor.post(url, request).status_code == 200

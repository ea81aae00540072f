"""Distinguished names: built from what a user typed, and shown in the guide's order."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from services.outside import safe

_SHORT = {
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COMMON_NAME: "CN",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.DOMAIN_COMPONENT: "DC",
}


def distinguished_name(common_name: str, *, organization: str = "", country: str = "") -> x509.Name:
    """Return the name with these parts, in the guide's order: country, organization, common name.

    Raises:
        ValueError: a part that X.520 does not allow (a country that is not two letters, over 64 characters).
    """
    parts = ((NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, organization))
    attributes = [x509.NameAttribute(oid, value) for oid, value in parts if value]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def name_text(name: x509.Name) -> str:
    """Return `name` for display, safe, in its own order: "C=US, O=Test Org, CN=Test CA"."""
    return safe(", ".join(f"{_SHORT.get(part.oid, part.oid.dotted_string)}={_value(part)}" for part in name))


def common_name(name: x509.Name) -> str:
    """Return the (first) common name of `name`, safe for display; empty where it has none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return safe(_value(found[0])) if found else ""


def _value(part: x509.NameAttribute[str | bytes]) -> str:
    return part.value if isinstance(part.value, str) else part.value.hex()

"""The practice world's ACME server: RFC 8555 on loopback, with Let's Encrypt's chains, limits, and words."""

from services.practice.acme.server import PracticeAcme

__all__ = ["PracticeAcme"]

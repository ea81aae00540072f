"""The DNS part: an authoritative server that answers from the practice account's live hosted zones."""

from services.practice.dns.part import PracticeDns

__all__ = ["PracticeDns"]

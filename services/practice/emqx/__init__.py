"""EMQX's control side: the Platform API and the Deployment API of EMQX Cloud, and a self-managed EMQX's API."""

from services.practice.emqx.control import EmqxControl
from services.practice.emqx.selfmanaged import SelfManagedEmqx

__all__ = ["EmqxControl", "SelfManagedEmqx"]

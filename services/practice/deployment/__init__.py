"""The deployment's stand-in: a TLS front that behaves like EMQX, with a real MQTT broker behind it."""

from services.practice.deployment.deployment import PracticeDeployment
from services.practice.deployment.material import RejectedTlsError, TlsBundle

__all__ = ["PracticeDeployment", "RejectedTlsError", "TlsBundle"]

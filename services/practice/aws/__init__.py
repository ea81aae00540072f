"""AWS's stand-in: Route 53, IAM and STS by moto, behind a gateway that checks signatures and evaluates policies."""

from services.practice.aws.account import Credentials
from services.practice.aws.part import PracticeAws

__all__ = ["Credentials", "PracticeAws"]

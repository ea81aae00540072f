"""The screen of the section `server_certificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView
from services.pki.kinds import KeyType

_KEY_TYPES = tuple(kind.value for kind in (KeyType.ECDSA_P256, KeyType.ECDSA_P384, KeyType.RSA_2048))
_IAM = ("as-is", "narrow", "guide")  # the advised policy before the guide's
_MADE = ("iam", "narrow", "guide")

if TYPE_CHECKING:
    from screens.fields import Rows


class ServerCertificateView(StepView):
    """Its form."""

    SECTION = "server_certificate"
    ROWS: ClassVar[Rows] = (
        (Field("domain"),),
        (Field("key_type", Kind.CHOICE, _KEY_TYPES), Field("email")),
        (Field("preferred_chain"), Field("renew_before_days")),
        (Field("force", Kind.SWITCH),),
        (Field("existing", Kind.PATH),),
        (Field("iam", Kind.CHOICE, _IAM),),
        (Field("iam_user", when=_MADE), Field("iam_profile", when=_MADE)),
    )


VIEW = ServerCertificateView

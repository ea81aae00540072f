"""Requests to AWS and answers from it, as they travel: parsed, but not yet understood."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request

_NAMESPACES = {
    "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


@dataclass(frozen=True)
class AwsRequest:
    """One HTTP request.

    Attributes:
        method: in capitals.
        path: decoded, without the query.
        target: path and query exactly as on the wire, which is what the client signed.
        headers: names in lower case.
        body: the bytes sent.
        environ: the WSGI environment that it came in.
    """

    method: str
    path: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    environ: Mapping[str, Any]

    @classmethod
    def read(cls, environ: dict[str, Any]) -> AwsRequest:
        """Take the request out of a WSGI environment of werkzeug's server."""
        request = Request(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = str(environ["RAW_URI"])
        return cls(request.method, request.path, target, headers, request.get_data(), environ)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The parameters of a query-protocol request (IAM, STS), from its body or its query."""
        source = self.body.decode() if self.method == "POST" else self.target.partition("?")[2]
        return {name: values[0] for name, values in parse_qs(source, keep_blank_values=True).items()}

    def replayed(self, **headers: str) -> dict[str, Any]:
        """A WSGI environment for another application, its body unread again; `headers` in WSGI's spelling."""
        return {**self.environ, "wsgi.input": io.BytesIO(self.body), "CONTENT_LENGTH": str(len(self.body)), **headers}


@dataclass(frozen=True, slots=True)
class AwsAnswer:
    """What goes back: an XML document and its HTTP status."""

    status: int
    body: bytes


class AwsError(Exception):
    """A request that AWS refuses, with the code and the words that AWS uses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def answer(self, service: str) -> AwsAnswer:
        """The error document that clients of `service` read."""
        fields = f"<Type>Sender</Type><Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
        body = f'<ErrorResponse xmlns="{namespace(service)}"><Error>{fields}</Error>{request_id()}</ErrorResponse>'
        return AwsAnswer(self.status, _DECLARATION + body.encode())


_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def document(service: str, root: str, content: str) -> AwsAnswer:
    """A successful answer of `service` whose element `root` holds `content`, XML already."""
    return AwsAnswer(200, _DECLARATION + f'<{root} xmlns="{namespace(service)}">{content}</{root}>'.encode())


def namespace(service: str) -> str:
    """The XML namespace of a service's documents."""
    return _NAMESPACES.get(service, _NAMESPACES["iam"])


def request_id() -> str:
    """A new RequestId element."""
    digits = secrets.token_hex(16)
    return f"<RequestId>{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}</RequestId>"

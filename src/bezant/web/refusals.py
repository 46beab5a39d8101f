"""The refusals that the door itself makes, before any room is asked."""

from bezant.kernel.errors import BezantError, Kind


class RequestMalformed(BezantError):
    """The request's path or query is not UTF-8, or is out of bounds."""

    kind = Kind.INVALID
    text = "request.malformed"


class BodyNotJson(BezantError):
    """The body is not a JSON object."""

    kind = Kind.INVALID
    text = "request.body_not_json"


class NotSignedIn(BezantError):
    """The request carries no answer to our challenge, or a wrong one.

    An unknown user, a wrong secret, an expired credential and a disabled partner are not
    told apart.
    """

    kind = Kind.UNAUTHENTICATED
    text = "error.unauthenticated"


class NonceStale(BezantError):
    """The answer is right, but its nonce has expired or was used with this count before."""

    kind = Kind.UNAUTHENTICATED
    text = "error.nonce_stale"


class ScopeMissing(BezantError):
    """The credential may not be used for this."""

    kind = Kind.FORBIDDEN
    text = "error.scope_missing"


class AddressNotAllowed(BezantError):
    """The credential may not be used from this address."""

    kind = Kind.FORBIDDEN
    text = "error.address_not_allowed"


class NoSuchPath(BezantError):
    """Nothing is at this path."""

    kind = Kind.NOT_FOUND
    text = "error.no_such_path"


class MethodNotAllowed(BezantError):
    """The path exists, but not for this method."""

    kind = Kind.INVALID
    text = "error.method_not_allowed"


class BodyTooLarge(BezantError):
    """The body is over its limit."""

    kind = Kind.INVALID
    text = "request.body_too_large"


class NotSupportedMediaType(BezantError):
    """The body is not sent as application/json."""

    kind = Kind.INVALID
    text = "request.media_type"


class TooManyRequests(BezantError):
    """The credential's allowance for this minute is used up."""

    kind = Kind.TOO_MANY
    text = "error.too_many_requests"

"""The register of codes: whole, without doubles, each status fit for its kind."""

import importlib
import pkgutil
from collections import Counter

import pytest

import bezant
from bezant.catalog.model import PiecesWithoutSerials, SerialsRefused
from bezant.checkout.advancing import NotSetByHand
from bezant.checkout.files import SeveralOrders
from bezant.checkout.refunding import NothingToRestock
from bezant.cli.audit import NotTheSandbox
from bezant.cli.orders import RefundRefused
from bezant.cli.serving import PortTaken
from bezant.delivery.model import NoWayForShipment
from bezant.integrations.embedded_postgres import errors as postgres
from bezant.kernel.errors import BezantError, Kind
from bezant.ledger.model import StatementTooLong
from bezant.legal.model import NoSuchCopy, SeriesExhausted
from bezant.orders.model import NoWayThere
from bezant.partners.model import NoSuchCredential, NoSuchPartner, PartnerCodeTaken
from bezant.payments.model import NotThatMuchToRefund
from bezant.vault.model import BarIsIn, BarIsOut, BarNeeded, NoSuchBar, SeveralBars
from bezant.web.codes import INTERNAL_ERROR_CODE, REGISTER, code_of
from bezant.web.digest.answer import MalformedAnswer
from bezant.web.operations import Operation
from bezant.web.partner.api import OPERATIONS
from bezant.web.refusals import NotSignedIn
from bezant.webhooks.model import EndpointExists, NoSuchEndpoint, TooManyEndpoints

COMMAND_LINE_ONLY: frozenset[type[BezantError]] = frozenset(
    {
        PartnerCodeTaken,
        NoSuchPartner,
        NoSuchCredential,
        NoSuchCopy,
        SeriesExhausted,
        PortTaken,
        NoSuchEndpoint,
        EndpointExists,
        TooManyEndpoints,
        SerialsRefused,
        PiecesWithoutSerials,
        NotSetByHand,
        SeveralOrders,
        NothingToRestock,
        NotTheSandbox,
        RefundRefused,
        StatementTooLong,
        NoWayThere,
        NoWayForShipment,
        NotThatMuchToRefund,
        BarNeeded,
        BarIsIn,
        BarIsOut,
        NoSuchBar,
        SeveralBars,
        postgres.PostgresMissing,
        postgres.PostgresDidNotStart,
        postgres.ClusterOfAnotherVersion,
        postgres.ClusterOfAnotherAccount,
        postgres.AccountShutOut,
        postgres.PasswordLost,
        postgres.SocketDirectoryTaken,
    }
)
"""What only an operator meets, at start-up or on the command line, as a line of text."""

STATUSES = {
    Kind.INVALID: {400, 405, 413, 415, 422},
    Kind.UNAUTHENTICATED: {401},
    Kind.FORBIDDEN: {403},
    Kind.NOT_FOUND: {404},
    Kind.CONFLICT: {409},
    Kind.GONE: {410},
    Kind.INSUFFICIENT: {402, 409, 422},
    Kind.TOO_MANY: {429},
    Kind.UNAVAILABLE: {503},
}


def every_error() -> set[type[BezantError]]:
    """The error classes of the whole house."""
    for module in pkgutil.walk_packages(bezant.__path__, "bezant."):
        # These two do something when they are imported: they are run, not used.
        if not module.name.endswith((".__main__", ".migrations.env")):
            importlib.import_module(module.name)
    return {each for each in _below(BezantError) if each.__module__.startswith("bezant.")}


def _below(error: type[BezantError]) -> set[type[BezantError]]:
    return {found for each in error.__subclasses__() for found in {each, *_below(each)}}


def test_every_error_has_a_code_or_is_the_command_lines() -> None:
    assert every_error() == REGISTER.keys() | COMMAND_LINE_ONLY
    assert not REGISTER.keys() & COMMAND_LINE_ONLY


def test_a_code_means_one_thing() -> None:
    assert REGISTER[MalformedAnswer] == REGISTER[NotSignedIn]
    counts = Counter(each.code for error, each in REGISTER.items() if error is not MalformedAnswer)
    assert set(counts.values()) == {1}
    assert INTERNAL_ERROR_CODE not in counts


@pytest.mark.parametrize("error", list(REGISTER))
def test_a_status_fits_the_kind_of_its_error(error: type[BezantError]) -> None:
    assert REGISTER[error].status in STATUSES[error.kind]


@pytest.mark.parametrize("operation", OPERATIONS, ids=[each.name for each in OPERATIONS])
def test_what_an_operation_may_be_refused_for_is_registered(operation: Operation) -> None:
    assert set(operation.refusals) <= REGISTER.keys()


def test_an_error_that_is_not_registered_is_a_defect() -> None:
    with pytest.raises(KeyError):
        code_of(PartnerCodeTaken(code="a"))

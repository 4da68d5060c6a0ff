"""Ask first, then do (`common.confirm`), with the refusals of the scheme."""

from functools import partial

from common import confirm
from vouchers.actions.life.renewals import RenewalRefused
from vouchers.actions.requests.request_checks import RequestRefused
from vouchers.policies import NotAllowed
from vouchers.references import ReferenceRefused

ask_first = partial(
    confirm.ask_first, refusals=(NotAllowed, RequestRefused, RenewalRefused, ReferenceRefused)
)

"""The schema of the scheme: periods, pools, requests, hand-outs, files, jobs, exports, mails."""

from vouchers.models.exports import Export
from vouchers.models.files import ProviderFile, ProviderFileRow
from vouchers.models.handouts import (
    Activation,
    GivenWithdrawal,
    HandOut,
    Renewal,
    ReplacementAsk,
    Reveal,
)
from vouchers.models.jobs import Job
from vouchers.models.mails import Mail
from vouchers.models.periods import Period
from vouchers.models.pools import (
    Agreement,
    Pool,
    PoolExtension,
    PoolTally,
    Provider,
    ProviderMember,
    Voucher,
)
from vouchers.models.requests import Decision, PupilLine, RequestCount, VoucherRequest

__all__ = [
    "Activation",
    "Agreement",
    "Decision",
    "Export",
    "GivenWithdrawal",
    "HandOut",
    "Job",
    "Mail",
    "Period",
    "Pool",
    "PoolExtension",
    "PoolTally",
    "Provider",
    "ProviderFile",
    "ProviderFileRow",
    "ProviderMember",
    "PupilLine",
    "Renewal",
    "ReplacementAsk",
    "RequestCount",
    "Reveal",
    "Voucher",
    "VoucherRequest",
]

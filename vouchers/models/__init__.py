"""The schema of the scheme: periods, pools, requests, hand-outs, files, jobs, mails, alerts."""

from vouchers.models.alerts import Alert, CodeLookup, Holding, ListRead, Watch
from vouchers.models.divisions import Division, DivisionShare
from vouchers.models.exports import Export
from vouchers.models.files import ProviderFile, ProviderFileRow
from vouchers.models.hand_outs import (
    Activation,
    GivenWithdrawal,
    HandOut,
    Renewal,
    ReplacementAsk,
    Reveal,
)
from vouchers.models.jobs import Job
from vouchers.models.keys import KeyRotation
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
from vouchers.models.reclaims import ReclaimNotice, SchoolHoliday
from vouchers.models.requests import Decision, PupilLine, RequestCount, VoucherRequest

__all__ = [
    "Activation",
    "Agreement",
    "Alert",
    "CodeLookup",
    "Decision",
    "Division",
    "DivisionShare",
    "Export",
    "GivenWithdrawal",
    "HandOut",
    "Holding",
    "Job",
    "KeyRotation",
    "ListRead",
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
    "ReclaimNotice",
    "Renewal",
    "ReplacementAsk",
    "RequestCount",
    "Reveal",
    "SchoolHoliday",
    "Voucher",
    "VoucherRequest",
    "Watch",
]

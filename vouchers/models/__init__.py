"""The schema of the scheme: periods, pools, requests, hand-outs, files, jobs, mails."""

from vouchers.models.files import ProviderFile, ProviderFileRow
from vouchers.models.handouts import Activation, HandOut, Renewal, Reveal
from vouchers.models.jobs import Job
from vouchers.models.mails import Mail
from vouchers.models.periods import Period
from vouchers.models.pools import Agreement, Pool, PoolExtension, Provider, ProviderMember, Voucher
from vouchers.models.requests import Decision, PupilLine, VoucherRequest

__all__ = [
    "Activation",
    "Agreement",
    "Decision",
    "HandOut",
    "Job",
    "Mail",
    "Period",
    "Pool",
    "PoolExtension",
    "Provider",
    "ProviderFile",
    "ProviderFileRow",
    "ProviderMember",
    "PupilLine",
    "Renewal",
    "Reveal",
    "Voucher",
    "VoucherRequest",
]

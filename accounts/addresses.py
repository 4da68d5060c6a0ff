"""From which address somebody comes: what our own proxies say, and nothing that a visitor invents.

`TRUSTED_PROXIES` of them stand before the portal; each adds the address it was called from at the
end of X-Forwarded-For. So the one we want stands that many places from the end, and whatever stands
before it was written by the visitor.
"""

import ipaddress

from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.http import HttpRequest

# Of a request that passed no proxy and came in through a unix socket: all of them share one.
UNKNOWN = "0.0.0.0"
FORWARDED = "HTTP_X_FORWARDED_FOR"
COARSE = {4: 24, 6: 48}


def address_of(request: HttpRequest) -> str:
    """The address of the visitor; of the nearest proxy when fewer of them spoke than should."""
    passed = [each for each in request.META.get(FORWARDED, "").split(",") if each.strip()]
    proxies: int = settings.TRUSTED_PROXIES
    caller: str = request.META.get("REMOTE_ADDR") or ""
    said = passed[-proxies] if 0 < proxies <= len(passed) else caller
    return clean_client_ip(said) or UNKNOWN


def coarse(address: str) -> str:
    """The network it belongs to, as people read it: 192.0.2.x, or the beginning of an IPv6 address.
    "" for nobody's."""
    if address == UNKNOWN:
        return ""
    found = ipaddress.ip_address(address)
    network = ipaddress.ip_network(f"{address}/{COARSE[found.version]}", strict=False)
    start = str(network.network_address)
    return f"{start.rpartition('.')[0]}.x" if found.version == 4 else start

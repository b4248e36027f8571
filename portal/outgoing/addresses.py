"""Which network addresses the portal may connect to: public ones, and those the operator allowed.

The tables are IANA's special-purpose registries (RFC 6890), which `ipaddress` knows; what follows
is what it counts as global, or did in some release, and we do not.
"""

import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from portal.outgoing.errors import OutgoingFailed, OutgoingRefused
from portal.web.i18n import N_

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
#: Gives the addresses of a host name. Raises OSError.
Resolver = Callable[[str, int], list[Address]]

#: All of today's public IPv6 lies in here (RFC 4291, 2.4).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: A gateway in the portal's own network turns these into IPv4 (RFC 6052, 2.1).
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_FOR_US: tuple[Network, ...] = (
    ip_network("168.63.129.16/32"),  # the host of a virtual machine at Azure, seen from inside
    ip_network("192.0.0.0/24"),  # protocols' own, and metadata at Oracle
    ip_network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
    ip_network("2002::/16"),  # 6to4, with any IPv4 address inside
    ip_network("2001::/23"),  # protocols' own, and Teredo, the same
    ip_network("3fff::/20"),  # documentation (RFC 9637)
)

#: The system's resolver knows no deadline, so it works beside the caller, who does.
_RESOLVERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator allows beyond public addresses. Only there is plain http spoken."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str | Network]) -> Self:
        """From names, in lower case, and networks in any order."""
        listed = list(entries)
        return cls(
            frozenset(entry for entry in listed if isinstance(entry, str)),
            tuple(entry for entry in listed if not isinstance(entry, str)),
        )

    def host(self, name: str) -> bool:
        """Whether this very name is allowed, wherever it leads."""
        return name.lower().rstrip(".") in self.hosts

    def address(self, address: Address) -> bool:
        """Whether the address lies in an allowed network."""
        return any(address in network for network in self.networks)


def is_public(address: Address) -> bool:
    """Whether the address is one that anybody on the internet would reach the same way."""
    if isinstance(address, IPv6Address):
        inside = _embedded(address)
        if inside is not None:
            return is_public(inside)
        if address not in _GLOBAL_UNICAST or address.scope_id is not None:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOT_FOR_US)
    )


def checked(host: str, addresses: list[Address], allowed: Allowed, *, plain: bool) -> list[Address]:
    """The addresses to connect to, each of which may be. Raises ``OutgoingRefused``.

    One bad address among them refuses the host: a name with a public and a private address is
    how a check is got round. ``plain``: it is to be spoken to without TLS.
    """
    if allowed.host(host):
        return addresses
    for address in addresses:
        if allowed.address(_unmapped(address)):
            continue
        if plain:
            raise OutgoingRefused(N_("The address must begin with https://."))
        if not is_public(address):
            raise OutgoingRefused(
                N_("“%(host)s” is not a public address, so the portal does not call it.", host=host)
            )
    return addresses


def resolve(host: str, port: int, *, seconds: float, resolver: Resolver) -> list[Address]:
    """The addresses of a host within a deadline. Raises ``OutgoingFailed``."""
    try:
        found = _RESOLVERS.submit(resolver, host, port).result(timeout=max(seconds, 0))
    # UnicodeError: a label longer than the rules for host names allow.
    except (OSError, TooLate, UnicodeError) as error:
        raise OutgoingFailed(N_("The host name “%(host)s” was not found.", host=host)) from error
    if not found:
        raise OutgoingFailed(N_("The host name “%(host)s” was not found.", host=host))
    return found


def system_resolver(host: str, port: int) -> list[Address]:
    """What the system says, which also reads 127.1, 0x7f000001 and 2130706433 as addresses."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    found: dict[Address, None] = {}
    for _family, _type, _proto, _name, address in answers:
        found[ip_address(str(address[0]))] = None
    return list(found)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for, where the system would go there."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _unmapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address

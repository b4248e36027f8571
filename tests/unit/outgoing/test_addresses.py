"""Where the portal does not go, however it is written."""

from ipaddress import ip_address, ip_network

import pytest

from portal.outgoing import OutgoingRefused
from portal.outgoing.addresses import Allowed, checked, is_public, system_resolver


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",  # carrier-grade NAT
        "100.100.100.200",  # metadata at Alibaba
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",  # the host at Azure
        "169.254.169.254",  # metadata nearly everywhere
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",  # metadata at Oracle
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",  # IPv4-compatible, given up long ago
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",  # NAT64
        "64:ff9b:1::1",  # NAT64 for one network
        "100::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4, of 127.0.0.1
        "2002:808:808::",
        "fc00::1",
        "fd00:ec2::254",  # metadata at Amazon
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "ff02::1",
        "3fff::1",
        "4000::1",
    ],
)
def test_an_address_that_is_not_everybodys_is_not_called(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_a_public_address_is(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "written",
    [
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "2130706433",
        "017700000001",
        "127.0.0.1",
        "::ffff:7f00:1",
    ],
)
def test_the_system_reads_addresses_in_many_ways_and_what_it_read_is_checked(written: str) -> None:
    found = system_resolver(written, 443)

    assert found
    with pytest.raises(OutgoingRefused, match="not a public address"):
        checked(written, found, Allowed(), plain=False)


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(OutgoingRefused, match=r"“mixed\.test” is not a public address"):
        checked(
            "mixed.test",
            [ip_address("8.8.8.8"), ip_address("192.168.0.1")],
            Allowed(),
            plain=False,
        )


def test_the_operator_allows_networks_and_names_and_only_there_is_plain_http_spoken() -> None:
    inside, outside = ip_address("10.1.2.3"), ip_address("8.8.8.8")
    allowed = Allowed(frozenset({"wiki.corp"}), (ip_network("10.1.0.0/16"),))

    assert checked("x.test", [inside, outside], allowed, plain=False) == [inside, outside]
    assert checked("x.test", [inside], allowed, plain=True) == [inside]
    assert checked("x.test", [ip_address("::ffff:10.1.2.3")], allowed, plain=True)
    assert checked("Wiki.Corp.", [ip_address("192.168.3.3")], allowed, plain=True)
    with pytest.raises(OutgoingRefused, match="must begin with https"):
        checked("x.test", [inside, outside], allowed, plain=True)
    with pytest.raises(OutgoingRefused, match="not a public address"):
        checked("notwiki.corp", [ip_address("10.2.0.1")], allowed, plain=False)

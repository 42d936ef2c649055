"""Where webhooks must not lead, however it is written and whatever its name says at which time."""

import asyncio
from typing import Any

import pytest

from app.history.webhooks import addresses
from app.history.webhooks.addresses import AddressError, check_url, resolve_host
from app.history.webhooks.networks import is_public
from app.history.webhooks.sender import Sender
from app.history.webhooks.signatures import new_secret
from app.settings import Settings
from tests.history.receiver import receiving

INSIDE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1",
    "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2001:0:7f00::1", "2001:db8::1", "fd00:ec2::254", "0.0.0.1", "192.0.0.8", "192.0.0.170", "192.88.99.2",
    "168.63.129.16", "203.0.113.9", "3fff::1", "3fff:fff:ffff::1", "5f00::1", "100:0:0:1::1", "64:ff9b:1::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_the_internet_is_public() -> None:
    assert all(map(is_public, ("8.8.8.8", "192.0.1.1", "2606:4700::1111", "3fff:1000::1", "::ffff:8.8.8.8")))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "//example.org", "https://me:hush@example.org/",
        "https://127.0.0.1/", "https://[::1]/", "https://[fe80::1", "https://example.org:99999/", "https://a b/",
        "https://example.org/#x", "https://example.org/" + "x" * 2_000, "https://169.254.169.254/latest/meta-data",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.1./",
        "https://\uff11\uff12\uff17.0.0.1/", "https://127\u30020\uff0e0\u30021/", "https://[::ffff:7f00:1]/",
        "https://localhost/", "https://LocalHost./", "https://hooks.localhost/", "https://printer.local:8443/",
        "https://metadata.google.internal/", "https://nas.home.arpa/", "https://xn--localhost-/", "https://xn--a-ecp.ru/",
        "https://" + "a" * 64 + ".example/", "https://a..example/", "https://example.org:0/", "https://ex\u00ad.org\u2100/",
    ],
)  # fmt: skip
def test_an_address_that_says_so_itself_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        check_url(url, private=False)


def test_what_may_be_the_internet_is_left_to_its_name() -> None:
    for host in (
        "8.8.8.8",
        "134744072",
        "not-yet.example",
        "local.example.org",
        "mylocalhost.org",
        "[2606:4700::1111]",
    ):
        assert check_url(f"https://{host}/", private=False)


def test_only_allowed_ports_are_taken() -> None:
    assert Sender(5, private=False).check("https://example.org/") and Sender(5, private=False).check(
        "https://b.org:8443"
    )
    for port in (22, 25, 6379, 80):
        with pytest.raises(AddressError, match="PARLEY_WEBHOOK_PORTS"):
            Sender(5, private=False).check(f"https://example.org:{port}/")
    assert Sender(5, private=False, ports=(9000,)).check("https://example.org:9000/")
    assert Sender(5, private=True).check("http://10.0.0.1:9000/")
    assert Settings(webhook_ports="443, 9000").webhook_ports == (443, 9000)


def test_private_ones_are_taken_where_the_operator_says_so() -> None:
    assert check_url("http://127.0.0.1:8080/x", private=True)
    with pytest.raises(AddressError):
        check_url("file:///etc/passwd", private=True)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_other_spellings_of_this_machine_lead_to_it(host: str) -> None:
    with pytest.raises(AddressError, match=r"not a public address|cannot be resolved"):
        await resolve_host(host, 443, private=False)


def leading_to(*turns: list[str]) -> Any:
    """A resolver that answers otherwise each time."""
    left = list(turns)

    async def getaddrinfo(_: Any, host: str, port: int, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in left.pop(0)]

    return getaddrinfo


async def test_a_name_that_leads_elsewhere_later_is_looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: what counts is the address that is connected to."""
    async with receiving() as receiver:
        turns = leading_to(["8.8.8.8", "127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"])
        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", turns)
        port = receiver.url.split(":")[2].partition("/")[0]
        check_url(f"https://rebound.example:{port}/", private=False)
        sender = Sender(5, private=False, ports=(int(port),))
        for _ in range(2):
            answer = await sender.send(f"https://rebound.example:{port}/", "msg_1", b"{}", [new_secret()])
            assert answer.status is None and "not a public address" in str(answer.error)
        assert receiver.messages == []
        # The same, where it is allowed: it is sent to the address that was looked at, under the name.
        open_sender = Sender(5, private=True)
        answer = await open_sender.send(f"http://rebound.example:{port}/", "msg_1", b"{}", [new_secret()])
        assert answer.is_success and receiver.messages[0].headers["host"] == f"rebound.example:{port}"
        await open_sender.close()


async def test_the_name_is_resolved_once_for_each_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it resolved again for the connection, the second answer could be another one."""
    asked: list[str] = []

    async def counted(host: str, port: int, *, private: bool) -> str:
        asked.append(host)
        return "127.0.0.1"

    monkeypatch.setattr(addresses, "resolve_host", counted)
    monkeypatch.setattr("app.history.webhooks.sender.resolve_host", counted)
    async with receiving() as receiver:
        port = receiver.url.split(":")[2].partition("/")[0]
        # No name server knows it: a second look-up would fail.
        answer = await Sender(5, private=True).send(f"http://nowhere.invalid:{port}/", "msg_1", b"{}", [new_secret()])
    assert answer.is_success and asked == ["nowhere.invalid"]

"""The local addresses from which mail is sent: by setting, by route, and what is wrong with them."""


from tests.support.alone import run_alone
from tests.support.case import RelayCase
from tests.support.relay import run
from tests.support.remote_server import RemoteServer

GOOD = {"hostname": "relay.test", "listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
RECORDS = """
one.test. MX 10 mx.hosts.test.
two.test. MX 10 mx.hosts.test.
six.test. MX 10 six.hosts.test.
mx.hosts.test. A 127.20.0.1
six.hosts.test. AAAA ::1
"""


class SourceAddress(RelayCase):
    def peers(self, far: RemoteServer) -> set[str]:
        return {one.peer for one in far.connections}

    def test_mail_comes_from_the_address_with_its_name(self) -> None:
        far = self.remote()
        near = self.relay(far, source_addresses="127.0.0.2=mail2.relay.test")
        near.submit("a@client.test", "u@one.test")
        (message,) = far.wait_delivered(1)
        self.assertEqual(self.peers(far), {"127.0.0.2"})
        self.assertEqual(message.helo, "mail2.relay.test")

    def test_without_a_name_it_has_that_of_the_relay(self) -> None:
        far = self.remote()
        near = self.relay(far, source_addresses="127.0.0.2")
        near.submit("a@client.test", "u@one.test")
        (message,) = far.wait_delivered(1)
        self.assertEqual((self.peers(far), message.helo), ({"127.0.0.2"}, "relay.test"))

    def test_routes_and_relayhosts_have_their_own(self) -> None:
        far, hub, ses = self.remote(sites={"127.20.0.1": {}}), self.remote(), self.remote()
        near = self.direct(
            far,
            RECORDS,
            source_addresses="127.0.0.2=all.relay.test, 127.0.0.3=three.relay.test*1",
            relayhost_ses=f"127.0.0.1:{ses.port}",
            relayhost_ses_source="127.0.0.4=ses.relay.test",
            routes=f"""
                from=@news.test -> ses
                from=@hub.test -> 127.0.0.1:{hub.port}?source=127.0.0.5
                from=@three.test -> mx?source=127.0.0.3
            """,
        )
        for sender in ("news", "hub", "three"):
            near.submit(f"a@{sender}.test", "u@one.test")
        said = {
            name: (server.wait_delivered(1)[0].helo, self.peers(server))
            for name, server in (("ses", ses), ("hub", hub), ("mx", far))
        }
        self.assertEqual(
            said,
            {
                "ses": ("ses.relay.test", {"127.0.0.4"}),
                "hub": ("relay.test", {"127.0.0.5"}),
                "mx": ("three.relay.test", {"127.0.0.3"}),
            },
        )

    def test_two_sources_to_one_host_share_nothing(self) -> None:
        """Connections are kept for each, and what the host refuses one does not stop the other."""
        far = self.remote(sites={"127.20.0.1": {}})
        near = self.direct(
            far,
            RECORDS,
            connection_idle="30s",
            routes="from=@a.test -> mx?source=127.0.0.2; from=@b.test -> mx?source=127.0.0.3",
        )
        for sender, count in (("a", 1), ("b", 2), ("a", 3), ("b", 4)):
            near.submit(f"u@{sender}.test", "u@one.test")
            far.wait_delivered(count)
        self.assertEqual(sorted(one.peer for one in far.connections), ["127.0.0.2", "127.0.0.3"])
        by_peer = {one.peer: one.number for one in far.connections}
        for message in far.messages:
            wanted = "127.0.0.2" if message.sender == "u@a.test" else "127.0.0.3"
            self.assertEqual(message.connection, by_peer[wanted])

    def test_a_domain_has_the_same_source_after_a_restart(self) -> None:
        far = self.remote(sites={"127.20.0.1": {}})
        sources = ", ".join(f"127.0.0.{number}" for number in range(2, 12))
        near = self.direct(far, RECORDS, source_addresses=sources)
        near.submit("a@client.test", "u@one.test")
        far.wait_delivered(1)
        near.restart()
        # Domains with the same hosts are one destination.
        near.submit("a@client.test", "u@two.test")
        far.wait_delivered(2)
        self.assertEqual(len(self.peers(far)), 1)

    def test_an_ipv4_source_does_not_reach_ipv6_hosts(self) -> None:
        far = self.remote(sites={"127.20.0.1": {}, "::1": {}})
        near = self.direct(far, RECORDS, source_addresses="127.0.0.2")
        near.submit("a@client.test", "u@six.test")
        (line,) = near.wait_log("deferred")
        self.assertEqual(line["enhanced"], "4.3.5")
        self.assertEqual(far.connections, [])

    def test_an_address_of_each_family_reaches_both(self) -> None:
        far = self.remote(sites={"127.20.0.1": {}, "::1": {}})
        near = self.direct(
            far, RECORDS, source_addresses="127.0.0.2=four.relay.test, ::1=six.relay.test"
        )
        near.submit("a@client.test", "u@six.test")
        near.submit("a@client.test", "u@one.test")
        found = {one.site: one.helo for one in far.wait_delivered(2)}
        self.assertEqual(found, {"::1": "six.relay.test", "127.20.0.1": "four.relay.test"})

    def test_an_address_of_no_interface_is_a_mistake(self) -> None:
        for settings in (
            {"source_addresses": "127.0.0.2, 192.0.2.1"},
            {"relayhost": "127.0.0.1", "relayhost_source": "192.0.2.1"},
            {"routes": "to=a.test -> mx?source=192.0.2.1"},
        ):
            said = run("serve", **GOOD, **settings)
            self.assertEqual(said.returncode, 78)
            self.assertIn("192.0.2.1 is not an address of this machine", said.stderr)

    def test_an_address_that_goes_is_told_and_no_other_is_used(self) -> None:
        """In a network of its own, where the address is taken away and comes back."""
        run_alone(self, "tests.integration.own_network.OwnNetwork.test_no_other_source_is_used")

    def test_kurir_route_tells_it(self) -> None:
        def told(*arguments: str, **settings: object) -> str:
            said = run("route", *arguments, **GOOD, **settings)
            self.assertEqual(said.returncode, 0, said.stderr)
            (line,) = [one for one in said.stdout.splitlines() if one.startswith("source")]
            return line.split(maxsplit=1)[1]

        both = {"source_addresses": "127.0.0.2=two.relay.test*3, 127.0.0.3, ::1"}
        self.assertEqual(
            told("a@client.test", "u@one.test", **both),
            "127.0.0.2 as two.relay.test for 75 % of destinations, "
            "127.0.0.3 for 25 % of destinations; ::1",
        )
        by_route = both | {"routes": "to=one.test -> mx?source=127.0.0.2"}
        self.assertEqual(
            told("a@client.test", "u@one.test", **by_route),
            "127.0.0.2 as two.relay.test; IPv4 only",
        )
        self.assertEqual(told("a@client.test", "u@one.test"), "the address that the system chooses")

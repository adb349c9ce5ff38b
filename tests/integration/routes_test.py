"""KURIR_ROUTES and relayhosts: where mail goes by recipient, sender and tag, and what is refused."""

import signal
import time

from tests.support.case import RelayCase
from tests.support.relay import Relay, run
from tests.support.remote_server import RemoteServer

GOOD = {"hostname": "relay.test", "listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}


def place(server: RemoteServer) -> str:
    return f"127.0.0.1:{server.port}"


class Routes(RelayCase):
    def routed(self, rules: str, **settings: object) -> tuple[Relay, RemoteServer]:
        """A relay with these rules, and the server of its default route."""
        usual = self.remote()
        return self.relay(usual, routes=rules, **settings), usual

    def recipients(self, server: RemoteServer, count: int) -> set[str]:
        """All recipients that a server got, in so many messages."""
        messages = server.wait_delivered(count)
        self.assertEqual(len(messages), count)
        return {recipient for message in messages for recipient in message.recipients}

    def test_each_recipient_goes_by_the_first_rule_that_matches(self) -> None:
        hub, ses = self.remote(), self.remote()
        rules = f"""
            to=*.corp.test -> {place(hub)}   # a comment
            from=@news.test,boss@client.test -> ses
        """
        near, usual = self.routed(rules, relayhost_ses=place(ses))
        near.submit("a@client.test", ["a@x.corp.test", "b@other.test"])
        near.submit("a@news.test", ["c@x.corp.test", "d@other.test"])
        near.submit("Boss@client.test", "e@other.test")

        self.assertEqual(self.recipients(hub, 2), {"a@x.corp.test", "c@x.corp.test"})
        self.assertEqual(self.recipients(ses, 2), {"d@other.test", "e@other.test"})
        self.assertEqual(self.recipients(usual, 1), {"b@other.test"})

    def test_a_tag_chooses_and_is_removed(self) -> None:
        hub = self.remote()
        near, usual = self.routed(f"tag=reports -> {place(hub)}")
        text = "Subject: x\r\nX-Kurir-Route: {}\r\n\r\nx\r\n"
        near.submit("a@client.test", "a@other.test", text.format("Reports"))
        near.submit("a@client.test", "b@other.test", text.format("unknown"))

        for server, wanted in ((hub, "a@other.test"), (usual, "b@other.test")):
            (message,) = server.wait_delivered(1)
            self.assertEqual(message.recipients, [wanted])
            self.assertNotIn(b"x-kurir-route", message.data.lower())

    def test_a_rule_refuses_at_rcpt_and_the_others_get_their_mail(self) -> None:
        near, usual = self.routed('to=old.test -> reject "550 5.1.6 moved to new.test"')
        with near.client() as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            reply = client.ask("RCPT TO:<a@old.test>", 550)
            self.assertEqual(reply.text, "5.1.6 moved to new.test")
            client.ask("RCPT TO:<b@other.test>", 250)
            client.ask("DATA", 354)
            client.ask("Subject: x\r\n\r\nx\r\n.", 250)

        self.assertEqual(self.recipients(usual, 1), {"b@other.test"})
        (line,) = near.wait_log("rejected", reason="route")
        self.assertEqual(line["to"], "a@old.test")
        self.assertIn("KURIR_ROUTES", line["admit_by"])
        self.assertEqual(near.metric("smtp_rejects_total", stage="rcpt", reason="route"), 1)

    def test_what_the_header_decides_is_bounced(self) -> None:
        hub = self.remote()
        rules = f'to=old.test tag=keep -> {place(hub)}; to=old.test -> reject "550 5.1.6 moved"'
        near, usual = self.routed(rules)
        keep = "Subject: x\r\nX-Kurir-Route: keep\r\n\r\nx\r\n"
        near.submit("a@client.test", "a@old.test", keep)
        near.submit("a@client.test", "b@old.test")

        self.assertEqual(self.recipients(hub, 1), {"a@old.test"})
        (bounce,) = usual.wait_delivered(1)
        self.assertEqual((bounce.sender, bounce.recipients), ("", ["a@client.test"]))
        self.assertIn(b"550 5.1.6 moved", bounce.data)
        (line,) = near.wait_log("bounced", to="b@old.test")
        self.assertEqual((line["enhanced"], line["cause"]), ("5.1.6", "rule"))

    def test_discarded_mail_reaches_nobody(self) -> None:
        near, usual = self.routed("to=null.test -> discard")
        near.submit("a@client.test", "a@null.test")
        near.submit("a@client.test", ["b@null.test", "c@other.test"])

        lines = near.wait_log("discarded", count=2)
        self.assertEqual({line["to"] for line in lines}, {"a@null.test", "b@null.test"})
        self.assertEqual(self.recipients(usual, 1), {"c@other.test"})
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(near.metric("queue_finished_total", outcome="discarded"), 2)
        self.assertEqual(near.metric("queue_finished_total", outcome="delivered"), 1)
        self.assertEqual(near.select("bounced"), [])

    def test_bounces_go_by_the_rules_too(self) -> None:
        hub = self.remote()
        refusing = self.remote({"rules": [{"at": "rcpt", "reply": "550 5.1.1 nobody"}]})
        near = self.relay(refusing, routes=f"to=client.test from=<> -> {place(hub)}")
        near.submit("a@client.test", "b@other.test")

        (bounce,) = hub.wait_delivered(1)
        self.assertEqual((bounce.sender, bounce.recipients), ("", ["a@client.test"]))

    def test_new_rules_count_for_new_mail(self) -> None:
        hub = self.remote()
        usual = self.remote()
        near = self.relay(usual)
        near.stop()
        path = near.folder / "routes"
        path.write_text("to=none.test -> mx\n", encoding="utf-8")
        near.settings["routes_file"] = path
        near.start()
        near.submit("a@client.test", "before@other.test")
        usual.wait_delivered(1)

        def reload(rules: str, result: str) -> None:
            path.write_text(rules, encoding="utf-8")
            before = near.metric("config_reloads_total", result=result)
            near.signal(signal.SIGHUP)
            near.wait_metric("config_reloads_total", lambda n: n > before, result=result)

        reload(f"\nto=other.test -> {place(hub)}\n", "ok")
        near.submit("a@client.test", "after@other.test")
        self.assertEqual(self.recipients(hub, 1), {"after@other.test"})

        reload("\nto=other.test -> nobody\n", "failed")
        line = near.wait_log("config", what="reload_failed")[0]
        self.assertIn("KURIR_ROUTES: line 2", line["problem"])
        near.submit("a@client.test", "later@other.test")
        self.assertEqual(self.recipients(hub, 2), {"after@other.test", "later@other.test"})
        self.assertEqual(self.recipients(usual, 1), {"before@other.test"})

    def test_mail_whose_route_is_gone_takes_the_default_one(self) -> None:
        gone = self.remote()
        near, usual = self.routed(f"to=other.test -> {place(gone)}")
        gone.stop()
        near.submit("a@client.test", "a@other.test")
        near.wait_log("deferred", to="a@other.test")
        near.stop()
        del near.settings["routes"]
        near.start()

        self.assertEqual(self.recipients(usual, 1), {"a@other.test"})
        (line,) = near.wait_log("route_missing")
        self.assertEqual(line["route"], place(gone))

    def test_the_next_server_of_a_list_gets_what_the_first_can_not(self) -> None:
        first, second = self.remote(), self.remote()
        first.stop()
        near = self.relay(relayhost=f"{place(first)}, {place(second)}", retry_min="1h")
        near.submit("a@client.test", "a@other.test")

        self.assertEqual(self.recipients(second, 1), {"a@other.test"})
        self.assertEqual(near.select("deferred"), [])

    def test_servers_of_one_preference_share_the_mail(self) -> None:
        servers = [self.remote(), self.remote()]
        backup = self.remote()
        listed = "|".join(place(server) for server in servers)
        near = self.relay(relayhost=f"{listed},{place(backup)}", connection_messages=1)
        for number in range(20):
            near.submit("a@client.test", f"u{number}@other.test")

        near.wait_metric("queue_finished_total", lambda n: n == 20, outcome="delivered")
        taken = [len(server.delivered()) for server in servers]
        self.assertEqual(sum(taken), 20)
        self.assertGreater(min(taken), 0, taken)
        self.assertEqual(backup.delivered(), [])

    def test_a_server_that_died_is_passed_over_until_it_is_back(self) -> None:
        first, second = self.remote(), self.remote()
        port = first.port
        near = self.relay(relayhost=f"{place(first)},{place(second)}", connection_messages=1)
        near.submit("a@client.test", "well@other.test")
        first.wait_delivered(1)

        first.stop()
        stopped = time.monotonic()
        near.submit("a@client.test", "dead@other.test")
        second.wait_delivered(1)
        for number in range(10):
            near.submit("a@client.test", f"dead{number}@other.test")
        second.wait_delivered(11)
        # One connection found out; after that it was tried every ten seconds at most.
        failed = near.metric("outbound_connections_opened_total", result="error")
        self.assertLessEqual(failed, 1 + (time.monotonic() - stopped) // 10)

        again = self.remote(port=port)

        def comes_back() -> bool:
            near.submit("a@client.test", "trial@other.test")
            return len(again.delivered()) > 0

        self.assert_soon(comes_back, "the first server is not tried again", timeout=30)
        self.assertEqual(near.select("deferred"), [])


class RouteCommand(RelayCase):
    def test_it_tells_where_a_message_goes(self) -> None:
        settings = GOOD | {
            "relayhost_ses": "ses.test:587",
            "routes": 'from=@news.test -> ses; to=old.test -> reject "550 5.1.6 moved"',
        }
        for arguments, wanted in (
            (("a@news.test", "b@x.test"), ("line 1: from=@news.test -> ses", "ses.test:587")),
            (("<>", "old.test"), ("line 2: to=old.test", "refused by 550 5.1.6 moved")),
            (("a@client.test", "b@x.test"), ("none", "the MX hosts of x.test")),
        ):
            result = run("route", *arguments, **settings)
            self.assertEqual(result.returncode, 0, result.stderr)
            for text in wanted:
                self.assertIn(text, result.stdout)

    def test_a_wrong_question_or_configuration_has_its_status(self) -> None:
        self.assertEqual(run("route", "a@b.test", **GOOD).returncode, 64)
        self.assertEqual(run("route", "nobody", "a@b.test", **GOOD).returncode, 64)
        wrong = run("route", "a@b.test", "c@d.test", **(GOOD | {"routes": "to=a.test -> ses"}))
        self.assertEqual(wrong.returncode, 78)
        self.assertIn("KURIR_RELAYHOST_SES is not set", wrong.stderr)
        self.assertIn("FROM", run("route", "--help").stdout)

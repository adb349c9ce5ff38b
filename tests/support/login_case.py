"""The base of the end-to-end tests of logins to relayhosts."""

from tests.support.case import RelayCase
from tests.support.provider import Provider
from tests.support.relay import Relay
from tests.support.token_server import TokenServer

# What `kurir relayhost check` needs to know beside the relayhost.
GOOD = {"hostname": "relay.test", "listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
SECRET = "geheim-Zq7#$:@ x"


def grant(token: str, **more: object) -> dict:
    """What a token server answers."""
    return {"token_type": "Bearer", "expires_in": 3599, "access_token": token} | more


class LoginCase(RelayCase):
    """Relays that log in to providers, by a password or a token."""

    def provider(self, kind: str = "ses", **options) -> Provider:
        server = Provider(kind, **options).start()
        self.addCleanup(server.stop)
        return server

    def token_server(self, answer, certificate: tuple | None = None) -> TokenServer:
        server = TokenServer(answer, certificate).start()
        self.addCleanup(server.stop)
        return server

    def logged_in(self, server: Provider, **settings: object) -> Relay:
        """A relay whose relayhost is this server; its password is in a file."""
        defaults = {
            "relayhost": f"127.0.0.1:{server.port}",
            "relayhost_username": "app",
            "relayhost_auth_insecure": "on",
        }
        near = Relay(**(defaults | {"retry_min": "1s"} | settings))
        self.addCleanup(self._stop_relay, near)
        return near

    def by_password(self, server: Provider, password: str = SECRET, **settings: object) -> Relay:
        near = self.logged_in(server, **settings)
        path = near.folder / "password"
        path.write_text(password + "\n", encoding="utf-8")
        near.settings["relayhost_password_file"] = path
        return near.start()

    def by_token(
        self, server: Provider, tokens: TokenServer, variables: dict | None = None, **settings
    ) -> Relay:
        near = self.logged_in(
            server,
            relayhost_oauth_token_url=tokens.url,
            relayhost_oauth_client_id="kurir",
            relayhost_oauth_client_secret=SECRET,
            **settings,
        )
        near.variables = variables or {}
        return near.start()

    def assert_secret(self, near: Relay, *secrets: str) -> None:
        """Nothing that it wrote has any of these, nor has its metrics or its readiness."""
        told = near.tail(10_000) + near.get("/metrics")[1] + near.get("/readyz?verbose")[1]
        for secret in (SECRET, *secrets):
            self.assertNotIn(secret, told)

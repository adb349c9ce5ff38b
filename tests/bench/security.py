"""TLS and passwords for the benchmark: what the load generator and each relay are told.

The certificate is signed for this run by an authority of its own, with a P-256 key. The one user's
password is stored as bcrypt of cost 12 for Kurir. Postfix asks Cyrus SASL, whose table holds
the password as it is (Debian's sasldb): that costs Postfix nothing.
"""

import crypt
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.support.certificates import Authority  # noqa: E402

HOST = "relay.bench.example"
USER = "load"
PASSWORD = "correct horse"
ROUNDS = 2**12


class Security:
    """Files in one folder. `tls`: STARTTLS on both sides; `login`: AUTH PLAIN for each connection."""

    def __init__(self, folder: pathlib.Path, tls: bool, login: bool) -> None:
        self.tls = tls
        self.login = login
        folder = folder / "security"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if tls:
            self.certificate, self.key = Authority(folder).issue(HOST)
        if login:
            self.users = folder / "users"
            salt = crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=ROUNDS)
            self.users.write_text(f"{USER}:{crypt.crypt(PASSWORD, salt)}\n")
            self.users.chmod(0o600)

    def load(self) -> list[str]:
        """The load generator's options."""
        options = []
        if self.tls:
            options += ["--tls", "--certificate", str(self.certificate), "--key", str(self.key)]
        if self.login:
            options += ["--login", f"{USER}:{PASSWORD}"]
        return options

    def settings(self) -> dict[str, str]:
        """Kurir's variables."""
        named = {}
        if self.tls:
            named |= {"KURIR_TLS_CERT": str(self.certificate), "KURIR_TLS_KEY": str(self.key)}
        if self.login:
            named |= {"KURIR_USERS_FILE": str(self.users)}
        return named

    def parameters(self) -> list[str]:
        """Postfix's lines of main.cf; the files are copied into its root by `prepare`."""
        lines = []
        if self.tls:
            lines += [
                "smtpd_tls_chain_files = /etc/postfix/bench_key, /etc/postfix/bench_certificate",
                "smtpd_tls_security_level = may",
                "smtp_tls_security_level = may",
            ]
        if self.login:
            lines += ["smtpd_sasl_auth_enable = yes", f"smtpd_sasl_local_domain = {HOST}"]
        return lines

    def prepare(self, root: pathlib.Path, inside) -> None:
        """Puts the files into Postfix's `root`; `inside` runs a command there."""
        if self.tls:
            shutil.copy(self.certificate, root / "etc/postfix/bench_certificate")
            shutil.copy(self.key, root / "etc/postfix/bench_key")
        if self.login:
            folder = root / "etc/postfix/sasl"
            folder.mkdir(exist_ok=True)
            (folder / "smtpd.conf").write_text(
                "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n"
            )
            inside("saslpasswd2", "-p", "-c", "-u", HOST, USER, text=PASSWORD)
            inside("chmod", "644", "/etc/sasldb2")

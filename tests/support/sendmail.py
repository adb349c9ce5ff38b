"""sendmail as Debian builds it, to be delivered to, run as the other servers of peers.py are."""

import socket

from tests.support.peers import MAIL, Peer

KEEP = f"""
cd {MAIL} && mkdir -p Maildir/tmp Maildir/new Maildir/cur
cat >Maildir/tmp/$$ && mv Maildir/tmp/$$ Maildir/new/$$
"""


class Sendmail(Peer):
    """box@sendmail.test goes to the Maildir, every other recipient is unknown."""

    package = "sendmail-bin"
    domain = "sendmail.test"
    command = (
        "/bin/sh",
        "-c",
        f"chmod 1777 {MAIL} && "
        "chown -R root:root /etc/mail && mkdir -p /var/spool/mqueue && chmod 700 /var/spool/mqueue "
        "&& m4 /etc/mail/peer.mc >/etc/mail/sendmail.cf "
        "&& touch /etc/mail/aliases && /usr/libexec/sendmail/sendmail -bi "
        f"&& exec /usr/libexec/sendmail/sendmail -bD -X {MAIL}/sendmail.log",
    )
    accounts = (
        "smmta:x:20121:20121::/var/lib/sendmail:/usr/sbin/nologin",
        "smmsp:x:20122:20122::/var/lib/sendmail:/usr/sbin/nologin",
    )
    groups = ("smmta:x:20121:", "smmsp:x:20122:")

    def configure(self) -> None:
        # It waits a minute at the start if the machine's own name is unknown.
        self.write("etc/hosts", f"127.0.0.1 {self.domain} {socket.gethostname()} localhost\n")
        self.write("etc/keep", KEEP)
        self.write("etc/mail/local-host-names", self.domain + "\n")
        # Without $u it would speak SMTP with the script. The flag 9, a default on Linux, turns
        # quoted-printable text into 8-bit text, which no signature survives. A busy machine is no
        # reason to refuse mail here.
        self.write(
            "etc/mail/peer.mc",
            f"""
include(`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(`linux')
define(`confDOMAIN_NAME', `{self.domain}')
define(`confSERVICE_SWITCH_FILE', `/etc/mail/service.switch-nodns')
define(`confTO_IDENT', `0')
define(`confQUEUE_LA', `1000')
define(`confREFUSE_LA', `1000')
define(`confMAX_HEADERS_LENGTH', `1000000')
define(`LOCAL_MAILER_PATH', `/bin/sh')
define(`LOCAL_MAILER_ARGS', `sh /etc/keep $u')
define(`LOCAL_MAILER_FLAGS', `n')
FEATURE(`use_cw_file')
FEATURE(`nocanonify')
FEATURE(`accept_unresolvable_domains')
FEATURE(`no_default_msa')
DAEMON_OPTIONS(`Name=MTA, Addr=127.0.0.1, Port={self.port}')
MAILER(`local')
MAILER(`smtp')
""",
        )

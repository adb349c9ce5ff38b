"""Courier as Debian builds it, to be delivered to, run as the other servers of peers.py are."""

from tests.support.peers import MAIL, Peer

# What its service units and its post-installation script do.
START = f"""
set -e
install -d -o box -g box {MAIL}/Maildir {MAIL}/Maildir/new {MAIL}/Maildir/cur {MAIL}/Maildir/tmp
chown -R courier:courier /var/lib/courier /etc/courier
mkdir -p /run/courier/authdaemon
makealiases
/usr/sbin/authdaemond start
set -a
(. /etc/courier/courierd && exec /usr/lib/courier/courier/courierd) &
(
    . /etc/courier/esmtpd
    exec /usr/sbin/couriertcpd -user=courier -group=courier -nodnslookup -noidentlookup -maxperip=40 \\
        -maxperc=40 -address=127.0.0.1 "$PORT" /usr/sbin/courieresmtpd
) &
wait
"""


class Courier(Peer):
    """box@courier.test goes to the Maildir, every other recipient is unknown."""

    package = "courier-mta"
    domain = "courier.test"
    command = ("/bin/sh", "/etc/start")
    accounts = ("courier:x:20121:20121::/var/lib/courier:/usr/sbin/nologin",)
    groups = ("courier:x:20121:",)

    def configure(self) -> None:
        self.write("etc/start", START)
        for name in ("me", "locals", "defaultdomain", "esmtpacceptmailfor"):
            self.write(f"etc/courier/{name}", self.domain + "\n")
        self.write("etc/courier/aliases/system", f"postmaster: box@{self.domain}\n")
        self.write("etc/courier/sizelimit", "50000000\n")
        self.write(
            "etc/courier/esmtpd",
            f"PATH=/usr/bin:/bin\nPORT={self.port}\nBOFHCHECKDNS=0\nTARPIT=0\n"
            "NOADDMSGID=1\nNOADDDATE=1\nNOADDRREWRITE=1\nAUTH_REQUIRED=0\nESMTPAUTH=\n",
        )
        self.write(
            "etc/courier/courierd",
            "PATH=/usr/bin:/bin:/usr/sbin\nSHELL=/bin/sh\n"
            f"DEFAULTDELIVERY={MAIL}/Maildir\nMAILDROPDEFAULT={MAIL}/Maildir\nDYNAMICDELIVERIES=0\n",
        )
        self.write(
            "etc/courier/authdaemonrc",
            'authmodulelist="authpam"\nauthmodulelistorig="authpam"\ndaemons=1\nauthdaemonvar=/run/courier/authdaemon\n',
        )

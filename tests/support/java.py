"""JavaMail as Debian has it, and how a program in Java comes to trust a test's authority."""

import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "integration" / "applications"
LIBRARIES = "/usr/share/java/javax.mail.jar:/usr/share/java/javax.activation.jar"
JAVA_MAIL = ("java", "-cp", LIBRARIES, FOLDER / "JavaMail.java")


def trusting(authority: Path, folder: Path) -> dict[str, str]:
    """The environment of such a program, whose files are kept in `folder`.

    JavaMail looks for no addresses in certificates: it has to know the relay by its name.
    """
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 relay.test\n", encoding="ascii")
    store, password = folder / "trusted.p12", "changeit"
    if not store.exists():
        subprocess.run(
            [
                *("keytool", "-importcert", "-noprompt", "-alias", "test", "-file", authority),
                *("-keystore", store, "-storetype", "PKCS12", "-storepass", password),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    options = {
        "jdk.net.hosts.file": hosts,
        "javax.net.ssl.trustStore": store,
        "javax.net.ssl.trustStorePassword": password,
    }
    return {
        "JDK_JAVA_OPTIONS": " ".join(f"-D{name}={value}" for name, value in options.items()),
        "SMTP_HOST": "relay.test",
    }
